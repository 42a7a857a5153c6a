"""What attention did: recorded from one teacher-forced pass, exact to the last digit."""
