"""Settings, from the environment (prefix KGSYNC_) and the command line; the only place that reads it."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything an operator can decide; docs/operations.md lists each, a test sees to it."""

    model_config = SettingsConfigDict(env_prefix="KGSYNC_", extra="ignore")

    data_dir: Path = Field(Path("kgsync-data"), description="Directory of the database, archives and uploads.")
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL instead of SQLite: postgresql+psycopg://user:password@host/database."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    grpc_port: int | None = Field(
        None, ge=0, le=65535, description="Port to answer gRPC on, such as 50051; without one there is none."
    )
    public_url: str | None = Field(
        None, description="Scheme, host and port clients use, when a proxy stands before the server."
    )
    allowed_hosts: str = Field(
        "", description="Names clients may call this server by, separated by spaces; links in answers repeat no other."
    )
    trusted_proxies: str = Field(
        "", description="Addresses or networks of proxies whose X-Forwarded headers count, separated by spaces."
    )
    pages: bool = Field(True, description="Whether people can look at the server's resources as pages, f=html.")
    cors_origins: str = Field(
        "*", description="Origins whose pages may read answers, separated by spaces; * is any, without credentials."
    )
    tls_cert: Path | None = Field(None, description="Certificate chain of the server, PEM; with tls_key.")
    tls_key: Path | None = Field(None, description="Private key of that certificate, PEM.")
    tls_self_signed: bool = Field(
        False, description="Speak TLS by a certificate made for this machine and kept in the data directory."
    )
    admin_user: str = Field("admin", description="Name of the administrator made at first start.")
    admin_password: SecretStr | None = Field(
        None, description="Password of that administrator; without one it is generated and printed once."
    )
    max_body_mb: int = Field(512, ge=1, description="Largest request body and uploaded file, in MiB.")
    max_frame_mb: int = Field(64, ge=1, description="Largest frame of an upload, packed or unpacked, in MiB.")
    max_ratio: int = Field(200, ge=2, description="How many times its size a frame or file beyond 4 MiB may unpack to.")
    max_frames: int = Field(100_000, ge=1, description="Frames in one upload.")
    max_unpacked_mb: int = Field(8192, ge=1, description="All frames of an upload, unpacked, in MiB.")
    max_archive_files: int = Field(20_000, ge=1, description="Files in an archive that is uploaded.")
    max_edits: int = Field(2_000_000, ge=1, description="Edits in one upload.")
    requests_per_second: float = Field(
        200.0, ge=0, description="Requests of one user or address, five times as many at once; 0 does not count them."
    )
    jobs_per_user: int = Field(8, ge=1, description="Jobs of one user that run at the same time.")
    queries_per_user: int = Field(4, ge=1, description="Queries of one user answered at the same time; others wait.")
    archives_at_once: int = Field(2, ge=1, description="Archives made for one user at the same time; others wait.")
    replicas_per_user: int = Field(1000, ge=1, description="Replicas of one user, over all services.")
    files_per_user: int = Field(10_000, ge=1, description="Uploaded files of one user, begun or whole.")
    uploads_mb_per_user: int = Field(10240, ge=1, description="Uploaded files of one user, in MiB.")
    archives_mb_per_user: int = Field(20480, ge=1, description="Archives of one user that can be downloaded, in MiB.")
    disk_reserve_mb: int = Field(
        256, ge=0, description="Room on the disk that uploads and archives leave to the database, in MiB."
    )
    archive_hours: float = Field(24.0, gt=0, description="How long an archive can be downloaded.")
    job_hours: float = Field(24.0, gt=0, description="How long a finished job's result is kept.")
    resend_minutes: float = Field(
        10.0, ge=0, description="How long an identical upload without a base date counts as a resend."
    )
    query_seconds: float = Field(600.0, gt=0, description="How long one query may take, its client's reading included.")
    max_clause_kb: int = Field(64, ge=1, le=64, description="Largest where-clause or query, in KiB.")
    clause_seconds: float = Field(
        300.0, gt=0, description="How long one create or synchronize may evaluate where-clauses row by row."
    )
    heartbeat_seconds: float = Field(
        5.0, gt=0, description="How long the client of a query or a watch waits at most for a sign of life."
    )
    token_minutes: int = Field(60, ge=1, description="Default lifetime of a token.")
    max_token_minutes: int = Field(20160, ge=1, description="Longest lifetime of a token a client may ask for.")
    refresh_token_minutes: int = Field(20160, ge=1, description="Lifetime of a refresh token, two weeks.")
    redirect_uris: str = Field(
        "", description="Addresses, separated by spaces, that a browser sign-in may lead back to, and all below them."
    )
    oidc_issuer: str = Field(
        "", description="OpenID Connect issuer whose tokens are accepted, exactly as it names itself."
    )
    oidc_audience: str = Field("", description="Audience its tokens must be made for.")
    oidc_keys: str = Field("", description="Address of its keys (JWKS); found by its configuration when empty.")
    oidc_user_claim: str = Field("preferred_username", description="Claim that is the user name.")
    oidc_role_claim: str = Field(
        "", description="Claim with a role or a list of them: administrator, contributor, viewer; empty asks none."
    )
    oidc_first_role: str = Field(
        "viewer",
        pattern="^(viewer|contributor|administrator)$",
        description="Role of who comes first by such a token, when it is not asked for one.",
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="Least level that is logged.")
    rollback_on_failure: bool = Field(
        False, description="Whether new services undo a whole upload when one edit fails."
    )
    trim_keep_days: float | None = Field(
        None, gt=0, description="Trim the change log by itself: keep this many days of it."
    )
    trim_while_needed: bool = Field(
        False, description="Trim the change log by itself: keep what a replica that is not idle may still need."
    )
    trim_idle_days: float = Field(
        30.0, gt=0, description="How long a replica may be silent before it keeps no history from that trim."
    )

    @property
    def redirect_list(self) -> tuple[str, ...]:
        return tuple(self.redirect_uris.split())
