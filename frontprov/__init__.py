"""User provisioning for a shared inbox: the project around the apps."""
