"""Which place a plant file means."""

from pathlib import Path

from etl.connectors.extra import needed
from etl.connectors.file_options import PlacedFiles, S3Store, SftpServer
from etl.connectors.places.folder import Folder
from etl.connectors.places.place import Place
from etl.connectors.places.remote import Client, Remote


def place_of(options: PlacedFiles) -> Place:
    """The folder on our own machine, or at the other end of a line. Raises Absent."""
    server = options.server
    if server is None:
        return Folder(Path(options.folder), options.pattern, options.done_suffix)
    kind = "sftp:SftpClient" if isinstance(server, SftpServer) else "s3:S3Client"
    client: Client = needed(f"etl.connectors.places.{kind}", server.kind)(options.folder, server)
    return Remote(client, options.pattern, options.done_suffix, options.silence_seconds)


def where_of(options: PlacedFiles) -> str:
    """The place as people write it, without secrets."""
    match options.server:
        case SftpServer(host=host, port=port, user=user):
            return f"sftp://{user}@{host}:{port}/{options.folder.lstrip('/')}"
        case S3Store(bucket=bucket, endpoint_url=endpoint):
            at = f" at {endpoint}" if endpoint else ""
            return f"s3://{bucket}/{options.folder.strip('/')}{at}"
    return options.folder
