"""Attention, recorded from one teacher-forced pass, exact to the last digit."""
