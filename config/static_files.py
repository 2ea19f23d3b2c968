"""Static files with their content's hash in the name, compressed beforehand."""

from typing import Any

from django.conf import settings
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):
    """Gzip everywhere; Brotli, which takes most of a minute over the libraries' files, in production only."""

    def create_compressor(self, **kwargs: Any) -> Compressor:
        """Source maps are read by developers alone and are left as they are."""
        kwargs["extensions"] = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")
        return Compressor(use_brotli=settings.PRODUCTION, **kwargs)
