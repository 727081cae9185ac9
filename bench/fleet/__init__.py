"""Many workers of one subject on the emulated AWS, each as an environment of Lambda."""
