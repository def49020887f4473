from django.urls import path

from client.edge.waitlist import views

urlpatterns = [
    path("waitlist", views.WaitlistView.as_view()),
    path("waitlist/<uuid:entry_id>", views.WaitlistEntryView.as_view()),
]
