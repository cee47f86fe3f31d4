"""Notifications in browsers: `WebPushChannel` sends them, `VapidKey` is who we are, `is_service` whom we send to."""

from backend.channels.webpush.client import WebPushChannel
from backend.channels.webpush.identity import VapidKey, are_keys, is_service

__all__ = ["VapidKey", "WebPushChannel", "are_keys", "is_service"]
