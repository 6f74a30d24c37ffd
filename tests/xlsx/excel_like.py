"""A workbook written by hand as Excel writes it, with all that other libraries tend to lose."""

from __future__ import annotations

from tests.xlsx.patch_corpus import DECLARATION, LINKS, MAIN, PACKAGE, STRICT, STRICT_LINKS, zipped

MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
X14 = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"
X14AC = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"
XR = "http://schemas.microsoft.com/office/spreadsheetml/2014/revision"
XM = "http://schemas.microsoft.com/office/excel/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
THREADED = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_OFFICE = "http://schemas.microsoft.com/office"
_STRINGS = (
    '<si><t>chữ</t></si><si><r><t>đậm </t></r><r><rPr><b/><sz val="11"/></rPr>'
    '<t xml:space="preserve"> và thường</t></r><phoneticPr fontId="0"/></si><si><t>a_x000D_b</t></si>'
    "<si><t>tên</t></si><si><t>số</t></si>"
)


def _rows() -> str:
    """Thirty rows of six columns: strings of three kinds, numbers, errors, empty cells with a style."""
    rows = ""
    for row in range(1, 31):
        cells = ""
        for column, letter in enumerate("ABCDEF", 1):
            at = f'r="{letter}{row}" s="{column % 2}"'
            if column % 2 == 0:
                cells += f"<c {at}><v>{row * column}</v></c>"
            elif row % 5 == 0:
                cells += f'<c {at} t="inlineStr"><is><r><t>dòng {row}</t></r></is></c>'
            elif row % 7 == 0:
                cells += f'<c {at} t="e"><v>#N/A</v></c>'
            elif row % 11 == 0:
                cells += f"<c {at}/>"
            else:
                cells += f'<c {at} t="s"><v>{row % 3}</v></c>'
        cells += _FORMULAS.get(row, "")
        rows += f'<row r="{row}" spans="1:8" x14ac:dyDescent="0.25">{cells}</row>'
    return rows


_FORMULAS = {
    2: '<c r="H2"><f>SUM(B1:B30)</f><v>930</v></c><c r="L2" t="s"><v>0</v></c>',
    3: '<c r="H3" t="str"><f>H2&amp;"x"</f><v>930x</v></c>',
    6: '<c r="H6" cm="1"><f t="array" ref="H6:H8">B1:B3*2</f><v>4</v></c>',
    7: '<c r="H7"><v>8</v></c>',
    8: '<c r="H8"><v>12</v></c>',
    10: '<c r="I10"><f t="shared" ref="I10:I14" si="0">B10*2</f><v>40</v></c>',
    **{row: f'<c r="I{row}"><f t="shared" si="0"/><v>{row * 4}</v></c>' for row in range(11, 15)},
    20: '<c r="K20"><f t="dataTable" ref="K20:K22" dt2D="0" dtr="0" r1="N1"/><v>1</v></c>',
    21: '<c r="K21"><v>2</v></c>',
    22: '<c r="K22"><v>3</v></c>',
}


def _sheet() -> str:
    return (
        f'{DECLARATION}<worksheet xmlns="{MAIN}" xmlns:r="{LINKS}" xmlns:mc="{MC}" mc:Ignorable="x14ac xr" '
        f'xmlns:x14ac="{X14AC}" xmlns:xr="{XR}" xr:uid="{{00000000-0001-0000-0000-000000000000}}">'
        '<sheetPr codeName="Sheet1"/><dimension ref="A1:M30"/><sheetViews><sheetView workbookViewId="0"/>'
        '</sheetViews><sheetFormatPr defaultRowHeight="15" x14ac:dyDescent="0.25"/>'
        '<cols><col min="21" max="23" width="12" style="1" customWidth="1"/></cols>'
        f"<sheetData>{_rows()}"
        '<row r="41" s="1" customFormat="1" ht="20" customHeight="1" x14ac:dyDescent="0.25"/></sheetData>'
        '<sheetProtection password="CC1A" sheet="1" objects="1" scenarios="1"/>'
        '<mergeCells count="1"><mergeCell ref="L2:M4"/></mergeCells>'
        '<conditionalFormatting sqref="B1:B30"><cfRule type="dataBar" priority="1"><dataBar><cfvo type="min"/>'
        '<cfvo type="max"/><color rgb="FF638EC6"/></dataBar><extLst><ext uri="{B025F937-C7B1-47D3-B67F-'
        f'A62EFF666E3E}}" xmlns:x14="{X14}"><x14:id>{{11111111-1111-1111-1111-111111111111}}</x14:id></ext>'
        "</extLst></cfRule></conditionalFormatting>"
        '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
        '<pageSetup paperSize="9" orientation="landscape" r:id="rId1"/><drawing r:id="rId2"/>'
        '<legacyDrawing r:id="rId3"/>'
        f'<mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x14"><controls><mc:AlternateContent>'
        '<mc:Choice Requires="x14"><control shapeId="1025" r:id="rId4" name="Nút 1"><controlPr defaultSize="0" '
        'print="0" autoFill="0" autoPict="0"><anchor moveWithCells="1"><from><xdr:col xmlns:xdr="'
        f'{DRAWING}/spreadsheetDrawing">5</xdr:col></from></anchor></controlPr></control></mc:Choice>'
        "</mc:AlternateContent></controls></mc:Choice></mc:AlternateContent>"
        f'<extLst><ext uri="{{05C60535-1F16-4fd2-B633-F4F36F0B64E0}}" xmlns:x14="{X14}"><x14:sparklineGroups '
        f"xmlns:xm=\"{XM}\"><x14:sparklineGroup><x14:sparklines><x14:sparkline><xm:f>'Dữ liệu'!B1:B30</xm:f>"
        "<xm:sqref>N1</xm:sqref></x14:sparkline></x14:sparklines></x14:sparklineGroup></x14:sparklineGroups>"
        f'</ext><ext uri="{{CCE6A557-97BC-4b89-ADB6-D9C93CAAB3DF}}" xmlns:x14="{X14}"><x14:dataValidations '
        f'count="1" xmlns:xm="{XM}"><x14:dataValidation type="list" allowBlank="1"><x14:formula1><xm:f>Khác!'
        "$E$1:$E$4</xm:f></x14:formula1><xm:sqref>F1</xm:sqref></x14:dataValidation></x14:dataValidations></ext>"
        "</extLst></worksheet>"
    )


_OTHER = (
    f'{DECLARATION}<x:worksheet xmlns:x="{MAIN}" xmlns:r="{LINKS}"><x:sheetData><x:row><x:c><x:f>\'Dữ liệu\'!B2'
    '+1</x:f><x:v>5</x:v></x:c><x:c t="s"><x:v>1</x:v></x:c></x:row><x:row><x:c r="A2"><x:f>TH_Tong*2</x:f>'
    '<x:v>1860</x:v></x:c><x:c r="E2" t="s"><x:v>3</x:v></x:c><x:c r="F2" t="s"><x:v>4</x:v></x:c></x:row>'
    '<x:row r="3"><x:c r="E3" t="s"><x:v>0</x:v></x:c><x:c r="F3"><x:v>1</x:v></x:c></x:row></x:sheetData>'
    '<x:tableParts count="1"><x:tablePart r:id="rId1"/></x:tableParts></x:worksheet>'
)


_PIVOT = (
    f'{DECLARATION}<pivotTableDefinition xmlns="{MAIN}" name="P" cacheId="1" dataCaption="Values" '
    'applyNumberFormats="0" applyBorderFormats="0" applyFontFormats="0" applyPatternFormats="0" '
    'applyAlignmentFormats="0" applyWidthHeightFormats="1"><location ref="H1:I3" firstHeaderRow="1" '
    'firstDataRow="1" firstDataCol="1"/><pivotFields count="2"><pivotField axis="axisRow" showAll="0"><items '
    'count="2"><item x="0"/><item t="default"/></items></pivotField><pivotField dataField="1" showAll="0"/>'
    '</pivotFields><rowFields count="1"><field x="0"/></rowFields><rowItems count="2"><i><x/></i><i t="grand">'
    '<x/></i></rowItems><colItems count="1"><i/></colItems><dataFields count="1"><dataField name="Sum" fld="1" '
    'baseField="0" baseItem="0"/></dataFields></pivotTableDefinition>'
)
_CACHE = (
    f'{DECLARATION}<pivotCacheDefinition xmlns="{MAIN}" xmlns:r="{LINKS}" r:id="rId1" refreshedBy="a" '
    'refreshedDate="45382" createdVersion="6" refreshedVersion="6" minRefreshableVersion="3" recordCount="1">'
    '<cacheSource type="worksheet"><worksheetSource ref="E2:F3" sheet="Khác"/></cacheSource><cacheFields '
    'count="2"><cacheField name="tên" numFmtId="0"><sharedItems count="1"><s v="chữ"/></sharedItems>'
    '</cacheField><cacheField name="số" numFmtId="0"><sharedItems containsSemiMixedTypes="0" '
    'containsString="0" containsNumber="1" containsInteger="1" minValue="1" maxValue="1"/></cacheField>'
    "</cacheFields></pivotCacheDefinition>"
)


def _links(*links: tuple[str, str], kind: str = LINKS) -> str:
    body = "".join(
        f'<Relationship Id="rId{n}" Type="{name if ":" in name else f"{kind}/{name}"}" Target="{target}"/>'
        for n, (name, target) in enumerate(links, 1)
    )
    return f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">{body}</Relationships>'


def _types(**overrides: str) -> str:
    defaults = {
        "rels": "application/vnd.openxmlformats-package.relationships+xml",
        "xml": "application/xml",
        "vml": "application/vnd.openxmlformats-officedocument.vmlDrawing",
        "bin": f"{_KIND}.printerSettings",
        "png": "image/png",
    }
    body = "".join(f'<Default Extension="{end}" ContentType="{kind}"/>' for end, kind in defaults.items())
    body += "".join(
        f'<Override PartName="/{part}" ContentType="{kind}"/>' for part, kind in overrides.items()
    )
    return f'{DECLARATION}<Types xmlns="{PACKAGE}/content-types">{body}</Types>'


def _parts() -> dict[str, bytes | str]:
    calc = "".join(f'<c r="{cell}" i="1"/>' for cell in ("H2", "H3", "I10", "I11", "I12", "I13", "I14"))
    return {
        "[Content_Types].xml": _types(
            **{
                "xl/workbook.xml": f"{_KIND}.sheet.main+xml",
                "xl/worksheets/sheet1.xml": f"{_KIND}.worksheet+xml",
                "xl/worksheets/sheet2.xml": f"{_KIND}.worksheet+xml",
                "xl/sharedStrings.xml": f"{_KIND}.sharedStrings+xml",
                "xl/styles.xml": f"{_KIND}.styles+xml",
                "xl/calcChain.xml": f"{_KIND}.calcChain+xml",
                "xl/tables/table1.xml": f"{_KIND}.table+xml",
                "xl/comments1.xml": f"{_KIND}.comments+xml",
                "xl/threadedComments/threadedComment1.xml": "application/vnd.ms-excel.threadedcomments+xml",
                "xl/persons/person.xml": "application/vnd.ms-excel.person+xml",
                "xl/ctrlProps/ctrlProp1.xml": "application/vnd.ms-excel.controlproperties+xml",
                "xl/externalLinks/externalLink1.xml": f"{_KIND}.externalLink+xml",
                "xl/pivotTables/pivotTable1.xml": f"{_KIND}.pivotTable+xml",
                "xl/pivotCache/pivotCacheDefinition1.xml": f"{_KIND}.pivotCacheDefinition+xml",
                "xl/pivotCache/pivotCacheRecords1.xml": f"{_KIND}.pivotCacheRecords+xml",
                "xl/drawings/drawing1.xml": "application/vnd.openxmlformats-officedocument.drawing+xml",
            }
        ),
        "_rels/.rels": _links(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": (
            f'{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{LINKS}" xmlns:mc="{MC}" mc:Ignorable="xr" '
            f'xmlns:xr="{XR}"><workbookPr codeName="ThisWorkbook"/><mc:AlternateContent><mc:Choice Requires='
            '"x15"><x15ac:absPath xmlns:x15ac="http://schemas.microsoft.com/office/spreadsheetml/2010/11/ac" '
            'url="C:\\a\\"/></mc:Choice></mc:AlternateContent><sheets><sheet name="Dữ liệu" sheetId="1" '
            'r:id="rId1"/><sheet name="Khác" sheetId="5" r:id="rId2"/></sheets><externalReferences>'
            '<externalReference r:id="rId6"/></externalReferences><definedNames><definedName name="TH_Tong">'
            "'Dữ liệu'!$H$2</definedName></definedNames><calcPr calcId=\"191029\"/><pivotCaches>"
            '<pivotCache cacheId="1" r:id="rId8"/></pivotCaches></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": _links(
            ("worksheet", "worksheets/sheet1.xml"),
            ("worksheet", "/xl/worksheets/sheet2.xml"),
            ("styles", "styles.xml"),
            ("sharedStrings", "sharedStrings.xml"),
            ("calcChain", "calcChain.xml"),
            ("externalLink", "externalLinks/externalLink1.xml"),
            ("http://schemas.microsoft.com/office/2017/10/relationships/person", "persons/person.xml"),
            ("pivotCacheDefinition", "pivotCache/pivotCacheDefinition1.xml"),
        ),
        "xl/worksheets/sheet1.xml": _sheet(),
        "xl/worksheets/_rels/sheet1.xml.rels": _links(
            ("printerSettings", "../printerSettings/printerSettings1.bin"),
            ("drawing", "../drawings/drawing1.xml"),
            ("vmlDrawing", "../drawings/vmlDrawing1.vml"),
            ("ctrlProp", "../ctrlProps/ctrlProp1.xml"),
            ("comments", "../comments1.xml"),
            ("http://schemas.microsoft.com/office/2017/10/relationships/threadedComment",
             "../threadedComments/threadedComment1.xml"),
        ),
        "xl/worksheets/sheet2.xml": _OTHER,
        "xl/worksheets/_rels/sheet2.xml.rels": _links(
            ("table", "../tables/table1.xml"), ("pivotTable", "../pivotTables/pivotTable1.xml")
        ),
        "xl/sharedStrings.xml": f'{DECLARATION}<sst xmlns="{MAIN}" count="60" uniqueCount="5">{_STRINGS}</sst>',
        "xl/styles.xml": (
            f'{DECLARATION}<styleSheet xmlns="{MAIN}"><fonts count="2"><font><sz val="11"/></font><font><b/>'
            '<sz val="11"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill>'
            '<patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
            '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf xfId="0"/><xf fontId="1" '
            'applyFont="1" xfId="0"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" '
            'builtinId="0"/></cellStyles></styleSheet>'
        ),
        "xl/calcChain.xml": f'{DECLARATION}<calcChain xmlns="{MAIN}">{calc}</calcChain>',
        "xl/tables/table1.xml": (
            f'{DECLARATION}<table xmlns="{MAIN}" id="1" name="Bang" displayName="Bang" ref="E2:F3">'
            '<tableColumns count="2"><tableColumn id="1" name="tên"/><tableColumn id="2" name="số"/>'
            "</tableColumns></table>"
        ),
        "xl/comments1.xml": (
            f'{DECLARATION}<comments xmlns="{MAIN}"><authors><author>tc={{1}}</author></authors><commentList>'
            '<comment ref="A2" authorId="0"><text><t>[Threaded comment]</t></text></comment></commentList>'
            "</comments>"
        ),
        "xl/threadedComments/threadedComment1.xml": (
            f'{DECLARATION}<ThreadedComments xmlns="{THREADED}"><threadedComment ref="A2" dT="2024-03-31T17:00:'
            '00.00" personId="{AAAAAAAA-0000-0000-0000-000000000001}" id="{BBBBBBBB-0000-0000-0000-000000000001}"><text>Xem lại số này</text></threadedComment></ThreadedComments>'
        ),
        "xl/persons/person.xml": (
            f'{DECLARATION}<personList xmlns="{THREADED}"><person displayName="Kế toán" id="{{AAAAAAAA-0000-0000-0000-000000000001}}" userId="x" '
            'providerId="None"/></personList>'
        ),
        "xl/ctrlProps/ctrlProp1.xml": f'{DECLARATION}<formControlPr xmlns="{X14}" objectType="Button"/>',
        "xl/externalLinks/externalLink1.xml": (
            f'{DECLARATION}<externalLink xmlns="{MAIN}"><externalBook xmlns:r="{LINKS}" r:id="rId1"/>'
            "</externalLink>"
        ),
        "xl/externalLinks/_rels/externalLink1.xml.rels": (
            f'{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" Type="{LINKS}'
            '/externalLinkPath" Target="so%20khac.xlsx" TargetMode="External"/></Relationships>'
        ),
        "xl/pivotTables/pivotTable1.xml": _PIVOT,
        "xl/pivotTables/_rels/pivotTable1.xml.rels": _links(
            ("pivotCacheDefinition", "../pivotCache/pivotCacheDefinition1.xml")
        ),
        "xl/pivotCache/pivotCacheDefinition1.xml": _CACHE,
        "xl/pivotCache/_rels/pivotCacheDefinition1.xml.rels": _links(
            ("pivotCacheRecords", "pivotCacheRecords1.xml")
        ),
        "xl/pivotCache/pivotCacheRecords1.xml": (
            f'{DECLARATION}<pivotCacheRecords xmlns="{MAIN}" count="1"><r><x v="0"/><n v="1"/></r>'
            "</pivotCacheRecords>"
        ),
        "xl/drawings/drawing1.xml": f'{DECLARATION}<xdr:wsDr xmlns:xdr="{DRAWING}/spreadsheetDrawing"/>',
        "xl/drawings/vmlDrawing1.vml": '<xml xmlns:v="urn:schemas-microsoft-com:vml"><br></xml>',
        "xl/printerSettings/printerSettings1.bin": bytes(range(256)) * 3,
        "xl/media/image1.png": b"\x89PNG\r\n\x1a\n" + bytes(200),
        "customXml/item1.xml": "<ngoài/>",
    }  # fmt: skip


def excel_like() -> bytes:
    """As an .xlsx of today."""
    return zipped(_parts())


def strict() -> bytes:
    """The same as `Strict Open XML`."""
    parts = {
        name: content.replace(LINKS, STRICT_LINKS).replace(MAIN, STRICT)
        if isinstance(content, str)
        else content
        for name, content in _parts().items()
    }
    return zipped(parts)
