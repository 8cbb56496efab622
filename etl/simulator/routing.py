"""How racks, trays and modules flow, and how they fail. All figures are illustrative."""

from dataclasses import dataclass

RACK_ROUTE = (
    "KIT",
    "FRAME",
    "BUSBAR",
    "GROUND",
    "CABLE",
    "TRAYS",
    "LEAK",
    "POWERON",
    "LINK",
    "BURNIN",
    "FINAL",
)
"""Rack operations up to the one that counts; fabric test and packing follow for groups of racks."""

AUTOMATIC = frozenset({"BURNIN", "TSTRESS", "TFUNC", "FABRIC"})
"""Operations that go on while people have their break."""

SPREAD = {"BURNIN": (0.98, 1.03), "TSTRESS": (0.98, 1.03), "FABRIC": (0.95, 1.1)}
USUAL_SPREAD = (0.85, 1.2)
"""Least and greatest duration as a ratio of the operation's standard."""

POD_RACKS = 4
"""Racks that are tested together on one fabric."""


@dataclass(frozen=True, slots=True)
class Tray:
    """A kind of tray: its place in the serial, how many a rack holds, its line and route."""

    kind: str
    letter: str
    line: str
    per_rack: int
    first_unit: int
    route: tuple[str, ...]


TRAYS = (
    Tray("CTRAY", "C", "T1", 18, 10, ("TASM", "TLEAK", "TFUNC", "TSTRESS")),
    Tray("STRAY", "S", "T2", 9, 30, ("TASM", "TLEAK", "TFUNC")),
)
BATCH_TRAYS = 9
"""Trays move through their line in carts of nine."""


@dataclass(frozen=True, slots=True)
class Module:
    """A set of modules for one rack: its line, route, and the rack operation that takes it."""

    kind: str
    letter: str
    line: str
    route: tuple[str, str]
    used_at: str


MODULES = (
    Module("CABLESET", "K", "M1", ("CBLASM", "CBLTEST"), "CABLE"),
    Module("POWERSET", "P", "M2", ("PWRASM", "PWRTEST"), "BUSBAR"),
    Module("MANIFOLD", "F", "M3", ("COLASM", "COLTEST"), "FRAME"),
    Module("SWITCHSET", "N", "M4", ("NETASM", "NETTEST"), "CABLE"),
)

FIRST_PASS = {
    "GROUND": 0.997,
    "LEAK": 0.984,
    "POWERON": 0.976,
    "LINK": 0.972,
    "BURNIN": 0.970,
    "FINAL": 1.0,
    "FABRIC": 0.96,
    "TLEAK": 0.988,
    "TFUNC": 0.972,
    "TSTRESS": 0.980,
    "CBLTEST": 0.975,
    "PWRTEST": 0.985,
    "COLTEST": 0.985,
    "NETTEST": 0.985,
}
"""Chance that a sound unit passes a test at the first attempt."""

EVALUATION_RATIO = 0.96
"""Evaluation builds pass this much less often."""
BAD_LOT_FAIL_RATIO = 0.45
"""Chance that a rack with couplings of the bad lot fails its leak test."""
RETEST_PASS_RATIO = 0.96
ABORTED_RATIO = 0.012
ERROR_RATIO = 0.002
HOLD_AFTER_FAILS = 3
"""Failures at one operation after which a unit waits for a review."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A way to fail: what the test sees, what analysis finds, what is done, where it re-enters.

    `part` is replaced (its lot is named); `tray` is the kind of tray swapped.
    """

    weight: int
    symptom: str
    defect: str
    action: str
    back_to: str
    part: str = ""
    tray: str = ""


FAILURES: dict[str, tuple[Failure, ...]] = {
    "GROUND": (
        Failure(6, "GROUND_BOND_HIGH", "POWER_BUSBAR_CONTACT", "RETORQUE", "GROUND"),
        Failure(4, "HIPOT_TRIP", "NTF", "RETEST", "GROUND"),
    ),
    "LEAK": (
        Failure(6, "PRESSURE_DECAY", "LEAK_COUPLING", "REPLACE_PART", "LEAK", "UQD-04"),
        Failure(2, "PRESSURE_DECAY", "LEAK_HOSE", "REPLACE_PART", "LEAK", "HOSE-16"),
        Failure(2, "PRESSURE_DECAY", "NTF", "RETEST", "LEAK"),
    ),
    "POWERON": (
        Failure(4, "BMC_NO_RESPONSE", "FW_FLASH_FAIL", "REFLASH", "POWERON"),
        Failure(3, "SHELF_COMMS", "POWER_PSU_FAULT", "REPLACE_PART", "GROUND", "PSU-55"),
        Failure(3, "TRAY_ABSENT", "ASSY_SEATING", "RESEAT", "POWERON"),
    ),
    "LINK": (
        Failure(5, "LINK_DOWN", "LINK_CARTRIDGE_PIN", "RESEAT", "LINK"),
        Failure(3, "BER_HIGH", "LINK_CABLE", "REPLACE_PART", "LINK", "DAC-400"),
        Failure(3, "LIGHT_LOW", "NTF", "RETEST", "LINK"),
    ),
    "BURNIN": (
        Failure(4, "XID_ERRORS", "GPU_FELL_OFF_BUS", "SWAP_TRAY", "LEAK", tray="CTRAY"),
        Failure(3, "ECC_ERRORS", "MEM_HBM", "SWAP_TRAY", "LEAK", tray="CTRAY"),
        Failure(2, "FLOW_LOW", "THERM_FLOW_LOW", "REPLACE_PART", "LEAK", "UQD-04"),
        Failure(3, "SCRIPT_TIMEOUT", "NTF", "RETEST", "BURNIN"),
    ),
    "FABRIC": (Failure(1, "COLLECTIVE_SLOW", "LINK_OPTICS", "RESEAT", "FABRIC"),),
    "TLEAK": (
        Failure(3, "PRESSURE_DECAY", "LEAK_COLD_PLATE", "REPLACE_PART", "TLEAK", "COLDPL-G"),
        Failure(1, "PRESSURE_DECAY", "NTF", "RETEST", "TLEAK"),
    ),
    "TFUNC": (
        Failure(4, "POST_FAIL", "MEM_ECC", "REPLACE_PART", "TFUNC", "SOCAMM-96"),
        Failure(3, "NIC_ABSENT", "NIC_DPU", "REPLACE_PART", "TFUNC", "NIC-800"),
        Failure(3, "FW_MISMATCH", "FW_VERSION", "REFLASH", "TFUNC"),
        Failure(2, "POST_FAIL", "NTF", "RETEST", "TFUNC"),
    ),
    "TSTRESS": (
        Failure(3, "XID_ERRORS", "GPU_FELL_OFF_BUS", "REPLACE_PART", "TFUNC", "GPUBRD"),
        Failure(2, "TEMP_HIGH", "THERM_TIM", "REWORK_TIM", "TLEAK", "TIM-PAD"),
    ),
    "CBLTEST": (Failure(1, "INSERTION_LOSS", "LINK_CRIMP", "REWORK", "CBLTEST"),),
    "PWRTEST": (Failure(1, "LOAD_DROOP", "POWER_PSU_FAULT", "REWORK", "PWRTEST"),),
    "COLTEST": (Failure(1, "HELIUM_RATE", "LEAK_MANIFOLD_WELD", "REWORK", "COLTEST"),),
    "NETTEST": (Failure(1, "PORT_DOWN", "NIC_PORT", "REWORK", "NETTEST"),),
}

PROGRAMS = {
    "GROUND": ("GB-HIPOT", "4.1"),
    "LEAK": ("RACK-PDT", "7.3"),
    "POWERON": ("RACK-PWR", "12.0"),
    "LINK": ("LINKCHK", "5.6"),
    "BURNIN": ("STRESS-R", "9.2"),
    "FABRIC": ("FABRIC-CC", "3.4"),
    "TLEAK": ("TRAY-PDT", "6.0"),
    "TFUNC": ("TRAY-FCT", "15.2"),
    "TSTRESS": ("STRESS-T", "9.1"),
    "CBLTEST": ("TDR-CBL", "2.2"),
    "PWRTEST": ("LOADBANK", "1.9"),
    "COLTEST": ("HE-SNIFF", "2.0"),
    "NETTEST": ("PORTSCAN", "4.4"),
}
"""Test program and its revision."""

TESTER_DOWN_REASONS = (
    "Fixture worn, seal replaced",
    "Tester lost its network",
    "Reference unit out of calibration",
    "Fixture connector bent",
    "Tester power supply tripped",
    "Software update on the tester",
)
BENCH_DOWN_REASONS = (
    "Torque tool out of calibration",
    "Lift table sensor fault",
    "Scanner lost its network",
    "Label printer jammed",
    "Crane inspection overdue",
    "Work instruction screen dark",
)
"""Of stations without a test program. As many as of testers, so that the same seed draws alike."""
