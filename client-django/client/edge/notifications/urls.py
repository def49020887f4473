from django.urls import path

from client.edge.notifications import views

urlpatterns = [
    path("notifications", views.NotificationsView.as_view()),
    path("notifications/read-all", views.NotificationReadAllView.as_view()),
    path("notifications/<uuid:notification_id>/read", views.NotificationReadView.as_view()),
]
