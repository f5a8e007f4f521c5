from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from benchmarks.stock.models import StockCompany, StockUser


class TokenMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        value = request.META.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
        company = StockCompany.objects.filter(token=value).first()
        if company is None:
            return HttpResponse(status=401)
        request.user = StockUser(company=company, username="client")
        return self.get_response(request)
