"""What plants call things: names of columns, tables and words, as far as they can be foreseen.

All of it is only a proposal, written into a file that a person reads; nothing here is used by a
load.
"""

import re
from collections.abc import Iterable

NAMES: dict[str, str] = {
    "serial": "serial serialno serialnumber sn unitid unitsn barcode assetid rackid",
    "product": "product productcode model sku productid itemcode productno",
    "build": "build workorder workorderid workorderno orderno ordernumber mo production jobno job",
    "station": "station stationname workcenter workcentre workcentername resource equipment "
    "machine cell locationid tester",
    "line": "line linecode productionline area",
    "operation": "operation operationcode op step stepname process routestep operationno",
    "slot": "slot position bay nest",
    "started_at": "startedat started starttime start starttime startdate startutc intime began "
    "actualstartdate effectivestartdate datestart begin",
    "ended_at": "endedat ended endtime end enddate endutc outtime finished actualenddate "
    "completedat effectivedate datefinished finishtime",
    "result": "result status state outcome stepstatus",
    "verdict": "verdict result outcome passfail testresult status",
    "program": "program testprogram sequence recipe",
    "firmware": "firmware fw firmwareversion",
    "fixture": "fixture jig",
    "symptom": "symptom failcode failure errorcode",
    "defect": "defect defectcode cause rootcause",
    "found_at": "foundat failtime detectedat createdat",
    "installed_at": "installedat boundat linkedat assembledat",
    "parent_serial": "parentserial parentsn parent rackserial",
    "child_serial": "childserial childsn componentserial componentsn",
    "condition": "condition state status mode",
    "part": "part partno partnumber item itemno itemnumber material product productid componentid "
    "component sku",
    "name": "name description title partname itemname productname",
    "commodity": "commodity category productline class family type",
    "lead_time_days": "leadtime leadtimedays daystomanufacture averageleadtime",
    "safety_qty": "safetystock safetystocklevel safetyqty minstock reorderpoint",
    "lot": "lot lotno lotnumber batch batchno",
    "location": "location locationid warehouse bin storagelocation shelf",
    "qty": "qty quantity onhand onhandqty available orderqty amount",
    "unit": "unit uom unitmeasure unitmeasurecode unitofmeasure",
    "order_no": "orderno ponumber purchaseorder purchaseorderid po purchase",
    "item": "item lineno line position purchaseorderdetailid",
    "ordered_qty": "orderedqty orderqty quantity qty",
    "received_qty": "receivedqty qtyreceived stockedqty",
    "promised_on": "promisedon promisedate duedate deliverydate confirmeddate",
    "need_on": "needon needdate requireddate",
    "supplier": "supplier vendor vendorid suppliercode supplierid",
    "parent": "parent productassemblyid assembly parentpart parentid bom",
    "per_qty": "perqty perassemblyqty qtyper quantity qty",
    "line_no": "lineno sequence billofmaterialsid seq id",
    "ordered_count": "orderedcount orderqty quantity qty",
    "scheduled_start_at": "scheduledstart plannedstartdate scheduledstartdate startdate "
    "plannedstart",
    "due_at": "dueat duedate planneddate plannedend scheduledenddate deadline",
    "planned_qty": "plannedqty planqty plan target",
    "hour_at": "hourat hour planhour slotstart",
    "rack_count": "rackcount quantity qty orderqty",
    "due_on": "dueon duedate shipdate requireddate",
    "customer": "customer customerid client account",
    "changed_at": "changedat updatedat updated modified modifieddate lastmodified writedate "
    "edittime edited lastupdate updatedutc changedate",
    "is_deleted": "isdeleted deleted deletedflag",
}
"""Our field → names of columns that may hold it, without what separates their words."""
TABLES: dict[str, str] = {
    "unit_step": "history route step log movement routing wip visit unithistory",
    "test_run": "test result run testrun testresult",
    "defect": "defect repair failure rework",
    "genealogy": "genealogy component binding assembly keypart",
    "station_state": "state downtime stationstate event availability",
    "build": "workorder order production build job",
    "part": "part item product material",
    "lot": "lot batch",
    "stock": "stock inventory onhand quant",
    "receipt": "purchase purchaseorder receipt delivery purchaseorderdetail",
    "bom": "bom billofmaterials bill structure",
    "plan_hour": "plan schedule planhour",
    "demand": "demand salesorder sales forecast",
}
"""Feed → words in the name of a table that may hold its records."""
WORDS: dict[str, str] = {
    "passed": "pass passed ok good p success",
    "failed": "fail failed ng reject rejected bad f scrap scrapped",
    "aborted": "abort aborted stopped cancelled canceled cancel",
    "error": "error err",
    "skipped": "skip skipped bypassed",
    "open": "open wip running started inprogress progress pending request draft waiting",
    "completed": "complete completed done finished finish closed ok pass good",
    "planned": "planned plan draft new request created firm",
    "released": "released ready assigned confirmed",
    "in_process": "inprocess wip running started progress inprogress",
    "on_hold": "onhold hold held paused",
    "cancelled": "cancelled canceled cancel void",
    "unrestricted": "unrestricted available free ok good",
    "blocked": "blocked block",
    "quality_hold": "qualityhold quality inspection hold",
    "in_transit": "intransit transit moving",
    "partial": "partial partlyreceived",
    "received": "received complete done closed",
    "running": "running run productive up",
    "down": "down fault breakdown unscheduled",
    "starved": "starved waiting",
    "firm": "firm sales order",
    "forecast": "forecast",
}
"""Our word → words of sources that likely mean it."""


def plain(name: str) -> str:
    """A name without what separates its words.

    >>> plain("WorkCenter_ID")
    'workcenterid'
    """
    return re.sub(r"[^a-z0-9]", "", name.lower())


def likeness(field: str, column: str) -> float:
    """How well a column's name fits a field, 0–1; the names listed first fit best.

    >>> likeness("serial", "Serial"), likeness("serial", "unit_serial_no") > 0.5
    (1.0, True)
    >>> likeness("serial", "price")
    0.0
    """
    said, known = plain(column), [plain(field), *NAMES.get(field, "").split()]
    if said in known:
        return 1.0 - known.index(said) / 100
    parts = {one for one in known if len(one) > 3 and (said.endswith(one) or said.startswith(one))}
    return 0.6 if parts else 0.0


def is_hinted(feed: str, table: str) -> bool:
    """Whether a table's name speaks of a feed.

    >>> is_hinted("build", "Production.WorkOrder"), is_hinted("bom", "customer")
    (True, False)
    """
    said = plain(table.rpartition(".")[2])
    return any(word in said for word in TABLES[feed].split())


def meaning(word: str, ours: Iterable[str]) -> str:
    """Which of our words a source's word likely means; '' when that cannot be told.

    >>> meaning("NG", ["passed", "failed"]), meaning("X9", ["passed", "failed"])
    ('failed', '')
    """
    said, allowed = plain(word), list(ours)
    if said in map(plain, allowed):
        return next(one for one in allowed if plain(one) == said)
    return next((one for one in allowed if said in WORDS.get(one, "").split()), "")
