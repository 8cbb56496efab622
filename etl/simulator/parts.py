"""What one rack is made of and who supplies it. Parts, firms and figures are illustrative.

Each line: part, name, commodity, unit, quantity per rack, operation that consumes it, suppliers
(code/country, first is usual), days between deliveries, lead time in days, scrap per thousand,
and marks: L lot-tracked in the rack's genealogy, S serialised.
"""

from dataclasses import dataclass

TABLE = """
KIT-LBL    Rack label set                packaging  EA 1   KIT    PRINTCO/US 3 7 0
DOC-TRAV   Traveller and safety sheets   packaging  EA 1   KIT    PRINTCO/US 3 5 0
FRAME-48   Rack frame 48U                mechanical EA 1   FRAME  STEELRK/US,FRMTEK/MX 2 14 0 L
SIDE-PNL   Side panel                    mechanical EA 2   FRAME  STEELRK/US 2 14 2
DOOR-R     Rear door                     mechanical EA 1   FRAME  FRMTEK/MX 2 14 1
SCREW-M6   Screw M6x16                   mechanical EA 220 FRAME  FASTCO/US,BOLTWK/TW 5 10 10
WASH-M6    Washer M6                     mechanical EA 220 FRAME  FASTCO/US 5 10 10
CAGE-NUT   Cage nut M6                   mechanical EA 96  FRAME  BOLTWK/TW 5 21 8
RAIL-TRAY  Tray rail pair                mechanical EA 27  FRAME  FRMTEK/MX 2 12 2
UQD-04     Disconnect coupling 04        cooling    EA 54  FRAME  FLUIDJ/US,KUPPLA/DE,QD/TW 2 28 4 L
UQD-08     Disconnect coupling 08        cooling    EA 4   FRAME  KUPPLA/DE 3 28 3 L
HOSE-16    Coolant hose EPDM 16 mm       cooling    M  12  FRAME  HOSEPRO/US,FLEXON/IT 3 14 0 L
LEAK-ROPE  Leak detection rope           cooling    EA 2   FRAME  SENSIQ/US 3 14 1
DRIP-PAN   Drip pan                      cooling    EA 1   FRAME  STEELRK/US 3 10 1
CLAMP-16   Hose clamp 16 mm              cooling    EA 60  FRAME  FASTCO/US 5 10 5
BUSBAR-48  Busbar 48 V 1400 A            power      EA 1   BUSBAR COPPERX/US,BARTEK/CN 2 21 0 L
BB-CLIP    Busbar clip                   power      EA 54  BUSBAR CLIPCO/US 2 18 6 L
PWHIP-60   Power whip 60 A               power      EA 8   BUSBAR WHIPCO/US,CORDA/MX 3 14 2
GND-STRAP  Ground strap                  power      EA 6   BUSBAR COPPERX/US 4 10 3
BB-SHROUD  Busbar shroud                 power      EA 1   BUSBAR PLASTEC/US 3 12 2
PSU-55     Power supply 5.5 kW           power      EA 48  PWRASM DELTRA/TW,ARTEX/PH 2 35 2 S
SHELF-33   Power shelf 33 kW chassis     power      EA 8   PWRASM DELTRA/TW 2 28 1
PMC-01     Power shelf controller        power      EA 8   PWRASM DELTRA/TW 3 28 1
BBU-CAP    Capacitor shelf               power      EA 2   PWRASM ARTEX/PH 3 28 1
FUSE-100   Fuse 100 A                    power      EA 16  PWRASM FUSEWK/MX 5 14 3
CART-NVL   Backplane cable cartridge     cabling    EA 4   CABLE  AMPLEX/US,CNXION/CN 2 42 3 L
DAC-400    Copper cable 400G 2 m         cabling    EA 72  CABLE  AMPLEX/US,LUXCBL/CN 2 28 4 L
FIB-MPO    Fibre trunk MPO-12            cabling    EA 36  CABLE  FIBRX/US,OPTICA/MX 3 21 3 L
CAT6-3M    Management cable 3 m          cabling    EA 40  CABLE  LUXCBL/CN 5 21 4
CBL-TIE    Hook-and-loop tie             cabling    EA 180 CABLE  FASTCO/US 5 7 10
CBL-CONN   High-speed connector          cabling    EA 16  CBLASM AMPLEX/US,CNXION/CN 3 35 6 L
TWINAX-26  Twinax wire 26 AWG            cabling    M  640 CBLASM WIREWK/US,LUXCBL/CN 3 28 0 L
CBL-SLEEVE Braided sleeve                cabling    M  48  CBLASM WIREWK/US 4 14 0
CBL-LABEL  Cable label                   cabling    EA 320 CBLASM PRINTCO/US 5 7 10
SWBOARD    Management switch board       networking EA 2   NETASM NETFAB/TW,PCBCO/TH 2 35 3 S
SW-CHASSIS Management switch chassis     networking EA 2   NETASM NETFAB/TW 3 21 1
OSFP-800   Optical module 800G           networking EA 36  NETASM OPTICA/MX,PHOTON/MY 2 42 4 L
SW-PSU     Switch power supply           networking EA 4   NETASM ARTEX/PH 3 28 2
SW-FAN     Switch fan module             networking EA 8   NETASM FANTEK/TH 3 21 2
MANI-TUBE  Manifold tube stainless       cooling    EA 2   COLASM TUBEWK/US,FLEXON/IT 2 21 2 L
MANI-PORT  Manifold port block           cooling    EA 27  COLASM FLUIDJ/US,QD/TW 2 21 3 L
ORING-16   O-ring EPDM 16 mm             cooling    EA 120 COLASM SEALCO/US,DICHTE/DE 4 14 8 L
BLEED-VLV  Bleed valve                   cooling    EA 4   COLASM KUPPLA/DE 4 21 2
COOLANT    Coolant PG25                  cooling    L  38  LEAK   CHEMCO/US 2 7 0 L
GPUBRD     GPU board, two per tray       compute    EA 36  TASM-C FABTW/TW 2 56 1 LS
CPUBRD     CPU module                    compute    EA 36  TASM-C FABTW/TW 2 56 1 S
SOCAMM-96  Memory module 96 GB           compute    EA 288 TASM-C MEMKR/KR,MEMUS/US 2 42 2
NIC-800    Network adapter 800G          networking EA 72  TASM-C NETFAB/TW,NICCO/IL 2 42 2
DPU-400    Data processing unit          networking EA 18  TASM-C NICCO/IL 2 42 2
SSD-E1S    Drive E1.S 3.84 TB            compute    EA 144 TASM-C MEMKR/KR,MEMUS/US 2 28 2
BMC-MOD    Management module             compute    EA 18  TASM-C NETFAB/TW 3 35 2
COLDPL-G   Cold plate GPU                cooling    EA 72  TASM-C COLDTK/US,THERMX/TW 2 28 3
COLDPL-C   Cold plate CPU                cooling    EA 36  TASM-C THERMX/TW 2 28 3
TIM-PAD    Thermal interface pad         cooling    EA 108 TASM-C PASTEC/JP 3 21 10
TRAY-CHS   Compute tray chassis          mechanical EA 18  TASM-C FRMTEK/MX,STEELRK/US 2 18 1
TRAY-HOSE  Tray hose assembly            cooling    EA 36  TASM-C HOSEPRO/US 2 21 3
TRAY-PDB   Tray power distribution board power      EA 18  TASM-C PCBCO/TH,BOARDMX/MX 2 28 2
TRAY-FAN   Tray fan                      cooling    EA 72  TASM-C FANTEK/TH 3 21 3
NVSW-ASIC  Switch ASIC board             networking EA 18  TASM-S FABTW/TW 2 56 1 S
SWT-CHS    Switch tray chassis           mechanical EA 9   TASM-S FRMTEK/MX 2 18 1
SWT-COLD   Cold plate switch             cooling    EA 18  TASM-S COLDTK/US,THERMX/TW 2 28 3
SWT-BMC    Switch management module      networking EA 9   TASM-S NETFAB/TW 3 35 2
SWT-PDB    Switch tray power board       power      EA 9   TASM-S BOARDMX/MX 3 28 2
BLANK-1U   Blanking panel 1U             mechanical EA 8   TRAYS  PLASTEC/US 4 10 3
TRAY-LATCH Tray latch                    mechanical EA 54  TRAYS  FRMTEK/MX 3 12 3
EARTH-LBL  Safety label                  packaging  EA 12  FINAL  PRINTCO/US 5 7 5
CRATE-RK   Rack crate                    packaging  EA 1   PACK   CRATECO/US 2 5 0
FOAM-SET   Foam set                      packaging  EA 1   PACK   CRATECO/US 2 5 1
SHOCK-LBL  Shock and tilt label          packaging  EA 4   PACK   SENSIQ/US 4 10 2
DESICCANT  Desiccant bag                 packaging  EA 6   PACK   CHEMCO/US 4 7 2
"""

ALTERNATES = {
    "UQD-04": (
        ("UQD-04B", "Disconnect coupling 04, second make", "QD", "TW"),
        ("UQD-04C", "Disconnect coupling 04, long nose", "KUPPLA", "DE"),
    ),
    "DAC-400": (("DAC-400B", "Copper cable 400G 2 m, second make", "LUXCBL", "CN"),),
}
"""Primary part → its alternates by rank: part, name, supplier, country."""

SUCCESSORS = {"BB-SHROUD": ("BB-SHROUD2", "Busbar shroud, second issue", 9)}
"""Part → what takes its place, and how many days after the present of the first run."""

REVISIONS = {
    "BUSBAR-48": (("B", None), ("C", -11)),
    "CART-NVL": (("03", None), ("04", -15)),
    "GPUBRD": (("A02", None), ("A03", -8)),
    "MANI-PORT": (("D", None), ("E", -5)),
}
"""Lot-tracked part → the revisions of its drawing, each with the day from the present of the first
run on which lots made to it begin to come in; the first one was there before."""
FIRST_REVISION = "A"

PHANTOM = ("HW-SET", "Rack hardware, never stocked as a set", ("SCREW-M6", "WASH-M6", "CAGE-NUT"))
"""A level of the bill that exists on paper only: part, name, what it stands for."""

DIVIDED = frozenset({"cooling", "cabling"})
"""Commodities whose scrap is a share of what is issued; else it is added on top of need."""


@dataclass(frozen=True, slots=True)
class PartLine:
    """One part of the rack. `per_rack` and stock are in thousandths of `unit`."""

    part: str
    name: str
    commodity: str
    unit: str
    per_rack: int
    operation: str
    tray: str
    suppliers: tuple[tuple[str, str], ...]
    cycle_days: int
    lead_days: int
    scrap_per_mille: int
    is_lot_tracked: bool
    is_serialised: bool


def _line(text: str) -> PartLine:
    part, rest = text[:11].strip(), text[11:]
    name, words = rest[:30].strip(), rest[30:].split()
    commodity, unit, count, operation, firms, cycle, lead, scrap, *marks = words
    code, _, tray = operation.partition("-")
    return PartLine(
        part,
        name,
        commodity,
        unit,
        int(count) * 1000,
        code,
        {"": "", "C": "CTRAY", "S": "STRAY"}[tray],
        tuple((firm.split("/")[0], firm.split("/")[1]) for firm in firms.split(",")),
        int(cycle),
        int(lead),
        int(scrap),
        "L" in "".join(marks),
        "S" in "".join(marks),
    )


PARTS: tuple[PartLine, ...] = tuple(_line(line) for line in TABLE.strip().splitlines())

FEET_PER_RACK = {"HOSE-16": 40, "TWINAX-26": 2100, "CBL-SLEEVE": 158}
"""Length parts in feet, for plants that keep them so (whole feet, so that metres stay exact)."""


def parts_in(units: frozenset[str]) -> tuple[PartLine, ...]:
    """The bill in a plant's own units: lengths in feet where it has FT but no M.

    >>> [p.per_rack for p in parts_in(frozenset({"EA", "FT"})) if p.part == "HOSE-16"]
    [40000]
    """
    if "FT" not in units:
        return PARTS
    return tuple(
        PartLine(
            line.part,
            line.name,
            line.commodity,
            "FT",
            FEET_PER_RACK[line.part] * 1000,
            *(getattr(line, name) for name in PartLine.__slots__[5:]),
        )
        if line.part in FEET_PER_RACK
        else line
        for line in PARTS
    )
