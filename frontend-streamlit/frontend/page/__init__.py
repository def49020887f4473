"""What surrounds every page: the menu, navigation, the open dialog, and what is shown while a service fails."""
