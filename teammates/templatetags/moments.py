"""Times in templates, as the pages' own code writes them."""

from django import template

from teammates import moments

register = template.Library()
register.filter("ago", moments.ago)
register.filter("lasted_until", moments.lasted)
