from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class StockCompany(models.Model):
    token = models.CharField(max_length=100, unique=True)

    def __str__(self) -> str:
        return self.token


class StockGroup(AbstractSCIMGroupMixin):
    company = models.ForeignKey(StockCompany, on_delete=models.CASCADE)
    name = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.name


class StockUser(AbstractSCIMUserMixin, AbstractBaseUser):
    USERNAME_FIELD = "username"

    username = models.CharField(max_length=150, unique=True)
    email = models.CharField(max_length=150, blank=True)
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    date_joined = models.DateTimeField(auto_now_add=True)
    company = models.ForeignKey(StockCompany, on_delete=models.CASCADE, null=True)
    scim_groups = models.ManyToManyField(StockGroup, related_name="user_set")

    def __str__(self) -> str:
        return self.username
