from django.contrib.admin.apps import AdminConfig


class CompanySettingsConfig(AdminConfig):
    default_site = "frontprov.admin_site.CompanySettingsSite"
