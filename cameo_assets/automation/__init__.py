"""What runs by itself: conditions on the assets, sensors that look at folders, schedules that sweep up."""
