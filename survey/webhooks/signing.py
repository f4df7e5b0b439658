"""Signatures as Standard Webhooks describes them (standardwebhooks.com): HMAC-SHA256 over id, time and body."""

from __future__ import annotations

import base64
import hashlib
import hmac

from flask import current_app

from survey.mail.webhook_models import Webhook

PREFIX = "whsec_"


def secret(webhook: Webhook) -> str:
    """Return the secret that the receiver checks signatures with: "whsec_" and Base64 of 32 bytes.

    It is made of the site's key and stored nowhere: another THREADS_SECRET_KEY makes other secrets.
    """
    source = f"webhook:{webhook.id}:{webhook.salt}".encode()
    made = hmac.new(current_app.config["SECRET_KEY"].encode(), source, hashlib.sha256).digest()
    return PREFIX + base64.b64encode(made).decode()


def headers(key: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """Return the headers by which a receiver knows who sent a body, and when (Unix seconds)."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    made = hmac.new(base64.b64decode(key.removeprefix(PREFIX)), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(made).decode()}",
    }
