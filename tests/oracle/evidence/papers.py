"""Evidence made by the tests themselves: bills as PDF in both languages, pictures, signed pictures."""

import datetime as dt
import io
from pathlib import Path

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from fpdf import FPDF
from PIL import Image, ImageDraw

FONT = Path(__file__).resolve().parents[3] / "oracle" / "risk" / "fonts" / "NotoSansSC-Regular-subset.ttf"
SOURCE = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
ENGLISH = (
    "INVOICE", "Issuer: City Hospital", "Invoice No: A-1001", "Date: 2026-03-04", "MRI scan 1 800.00",
    "Consultation 120.50", "Subtotal: 920.50", "VAT 10%: 92.05", "Total due: USD 1,012.55",
    "ICD-10: J18.9", "IBAN: GB82 WEST 1234 5698 7654 32",
)  # fmt: skip
CHINESE = (
    "电子发票（普通发票）", "发票号码：25117000000123456789", "开票日期：2026年03月04日", "购买方信息", "名称：李雷",
    "销售方信息", "名称：北京第一医院", "统一社会信用代码/纳税人识别号：91350100M000100Y43",
    "*医疗服务*检查费 1 100.00 6% 6.00", "*医疗服务*药品费 2 200.00 6% 12.00", "合计 ¥300.00 ¥18.00",
    "价税合计（大写）叁佰壹拾捌元整 （小写）¥318.00",
)  # fmt: skip


def pdf(*rows: str, creator: str = "", modified: dt.datetime | None = None) -> bytes:
    """A PDF with one row of text under the other."""
    page = FPDF()
    page.add_page()
    if any(ord(sign) > 255 for row in rows for sign in row):
        page.add_font("Noto", fname=FONT)
        page.set_font("Noto", size=11)
    else:
        page.set_font("Helvetica", size=11)
    page.set_creation_date(modified or dt.datetime(2026, 3, 4, 10, tzinfo=dt.UTC))
    if creator:
        page.set_creator(creator)
    for row in rows:
        page.cell(0, 8, row, new_x="LMARGIN", new_y="NEXT")
    return bytes(page.output())


def picture(seed: int = 1) -> Image.Image:
    """A picture that looks like no other seed's."""
    drawn = Image.linear_gradient("L").convert("RGB").resize((320, 240))
    pen = ImageDraw.Draw(drawn)
    for number in range(12):
        at = (number * 7919 * seed % 280, number * 104_729 * seed % 200)
        pen.ellipse((*at, at[0] + 40, at[1] + 40), fill=(number * 20, seed * 53 % 255, 255 - number * 20))
    return drawn


def saved(drawn: Image.Image, shape: str = "JPEG", **options: object) -> bytes:
    """The picture's bytes."""
    told = io.BytesIO()
    drawn.save(told, shape, **options)
    return told.getvalue()


def signed(content: bytes) -> bytes:
    """The same JPEG with a C2PA account, signed under a certificate made for this test."""
    chain, key = _chain()
    signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(b"es256", chain, key, None))
    builder = c2pa.Builder(
        {
            "claim_generator_info": [{"name": "test", "version": "1"}],
            "title": "receipt",
            "assertions": [
                {
                    "label": "c2pa.actions",
                    "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": SOURCE}]},
                }
            ],
        }
    )
    told = io.BytesIO()
    builder.sign(signer, "image/jpeg", io.BytesIO(content), told)
    return told.getvalue()


def _chain() -> tuple[bytes, bytes]:
    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"), x509.NameAttribute(NameOID.COMMON_NAME, "Root")]
    )
    leaf_name = x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"), x509.NameAttribute(NameOID.COMMON_NAME, "Leaf")]
    )
    start = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)

    def base(subject: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(root_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + dt.timedelta(days=36_500))
        )

    root = (
        base(root_name, root_key).add_extension(x509.BasicConstraints(True, None), True).sign(root_key, hashes.SHA256())
    )
    usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    leaf = (
        base(leaf_name, leaf_key)
        .add_extension(x509.BasicConstraints(False, None), True)
        .add_extension(usage, True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(leaf_key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), False)
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    secret = leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return leaf.public_bytes(pem) + root.public_bytes(pem), secret
