"""A project on django-scim2 as it comes: the measure of what replacing its parts brings."""
