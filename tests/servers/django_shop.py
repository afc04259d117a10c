"""A REST service as Django and Django REST framework make it by default, in one file: `gunicorn django_shop:application`."""
import django
from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="only-for-tests",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "rest_framework"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.http.ConditionalGetMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.locale.LocaleMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies",
    DATABASES={},
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": [], "UNAUTHENTICATED_USER": None, "EXCEPTION_HANDLER": f"{__name__}.handled"},
    FORCE_SCRIPT_NAME=None,
)
django.setup()

from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.urls import path, re_path
from rest_framework import serializers, status, views
from rest_framework.response import Response

CUSTOMER = {
    "id": "c-1001",
    "ssn": "123-45-6789",
    "email": "anna.smith@example.com",
    "card": {"number": "4111111111111111"},
    "name": "Zoë",
}


def handled(error, context):
    from rest_framework.views import exception_handler

    return exception_handler(error, context)


class Customer(serializers.Serializer):
    email = serializers.EmailField()
    ssn = serializers.RegexField(r"^\d{3}-\d{2}-\d{4}$")


class Customers(views.APIView):
    def get(self, request):
        return Response({"count": 200, "next": request.build_absolute_uri("?page=2"), "results": [CUSTOMER] * 20})

    def post(self, request):
        customer = Customer(data=request.data)
        customer.is_valid(raise_exception=True)
        return Response(CUSTOMER, status=status.HTTP_201_CREATED, headers={"Location": request.build_absolute_uri("c-1001")})

    def delete(self, request):
        return Response(status=status.HTTP_204_NO_CONTENT)


def login(request):
    request.session["user"] = "u-1"
    get_token(request)
    return HttpResponseRedirect("/customers/")


def lines(_):
    return StreamingHttpResponse((f'{{"ssn":"123-45-6789","at":{at}}}\n' for at in range(50)), content_type="application/x-ndjson")


def events(_):
    return StreamingHttpResponse(('data: {"ssn":"123-45-6789"}\n\n' for _ in range(5)), content_type="text/event-stream")


def page(_):
    return HttpResponse("<html><body>123-45-6789</body></html>")


def fails(_):
    raise RuntimeError("123-45-6789")


def health(_):
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("customers/", Customers.as_view()),
    re_path("^static/.*$", health),
    path("login/", login),
    path("lines/", lines),
    path("events/", events),
    path("page/", page),
    path("fails/", fails),
    path("healthz", health),
]

application = get_wsgi_application()
