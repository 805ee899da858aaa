"""The service: pages and protocols over HTTP. It moves bytes and holds no rule of its own."""
