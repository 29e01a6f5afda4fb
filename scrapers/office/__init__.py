"""The embedded patent office: a synthetic country behind a loopback web site."""
