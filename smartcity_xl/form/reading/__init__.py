"""A parcel's bytes -> a submission, or the reason why there is none."""
