from django.apps import AppConfig


class ScimConfig(AppConfig):
    name = "scim"
    verbose_name = "SCIM"

    def ready(self) -> None:
        """The web admin asks every door what it knows of a token's use; it knows nothing of SCIM itself."""
        from scim.usage import usage_of
        from teammates.services import tokens

        tokens.usage_sources.append(usage_of)
