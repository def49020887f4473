from django.urls import path

from client.edge.webhooks.views import ticket_webhook

urlpatterns = [path("ticket", ticket_webhook, name="ticket-webhook")]
