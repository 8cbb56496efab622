"""As of when the stock of each part is known."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from db.domain.material.since import MOST_SILENT
from db.models import Source, StockPosition


def stock_read_at(session: Session, plant: str, at: datetime) -> dict[str, datetime]:
    """When the stock of each part was last read: by the source of it that is silent longest.

    Not by the rows: a place where nothing moved for weeks is as good as its source's last load.
    """
    stock = StockPosition
    rows = session.exec(
        select(stock.part, stock.source, func.max(stock.ingested_at))
        .where(stock.plant == plant, col(stock.deleted_at).is_(None))
        .group_by(stock.part, stock.source)
    ).all()
    sources = select(Source.code, Source.last_success_at).where(
        Source.plant == plant, Source.feed == "stock"
    )
    loaded: dict[str, datetime | None] = dict(session.exec(sources).all())
    newest: dict[str, datetime] = {}
    for _, source, ingested_at in rows:
        newest[source] = max(ingested_at, newest.get(source, ingested_at))
    found: dict[str, datetime] = {}
    for part, source, _ in rows:
        last = loaded.get(source)
        read_at = max(last, newest[source], at - MOST_SILENT) if last else at
        found[part] = min(read_at, found.get(part, at))
    return found
