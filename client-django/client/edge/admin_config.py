from django.contrib.admin.apps import AdminConfig


class TicketingAdminConfig(AdminConfig):
    """Django's administration with our sign-in. A module of its own: models are not ready when it is imported."""

    default_site = "client.edge.admin_site.TicketingAdminSite"
