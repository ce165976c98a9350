"""Documents of a contract, as they are sent and read."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from app.procurement.inputs import Line
from app.procurement.policies import DocumentKind


class DocumentIn(BaseModel):
    """What is said about a file."""

    model_config = ConfigDict(extra="forbid")

    kind: DocumentKind = Field(title="種類")
    title: Line = Field(title="件名")
    file_name: Line = Field(title="ファイルの名前")


class DocumentOut(BaseModel):
    """A document of a contract."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    contract_id: str
    kind: DocumentKind
    title: str
    file_name: str
    media_type: str
    size: int = Field(description="バイト")
    sha256: str
    scanned: bool = Field(description="ウイルスの検査をしたか")
    version: int = Field(description="加えた時の契約の版")
    side: str = Field(description="加えた側。buyer（団体）または vendor（事業者）")
    added_by: str = Field(description="加えた人の名前")
    added_at: datetime
    frozen: bool = Field(description="その版が確認されたので、取り除けない")
    governs: bool = Field(description="優先順位を定めた文書の内容なので、取り除けない")
