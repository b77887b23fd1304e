"""The TLS context Faust connects with: the brokers' certificates are verified, always."""

from __future__ import annotations

import ssl

from hub.errors import ConfigurationError


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Return a verifying context that trusts the system's authorities, or those of a file.

    :raises ConfigurationError: if the file cannot be used
    """
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"HUB_SSL_CA_FILE: came {ca_file}, which cannot be used ({error}); expected a file"
            " with PEM certificates of the authorities that signed the brokers'; correct the path"
        ) from error
