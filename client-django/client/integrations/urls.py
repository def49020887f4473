from django.urls import path

from client.integrations.webhooks.views import ticket_webhook

urlpatterns = [path("ticket", ticket_webhook, name="ticket-webhook")]
