"""The indicators themselves, by name. `oracle.risk.indicators` says what the words mean.

Ranges refuse what cannot be, not what is unusual. Which indicators a line asks for, which of them are required and
which way risk moves come from the insurer's manual for assessing customers (its dimensions, questionnaires and models).
"""

from collections.abc import Iterable

from oracle.risk import codes
from oracle.risk.indicators import (
    CASES,
    Case,
    Dimension,
    IndicatorDefinition,
    IndicatorUnknown,
    Kind,
    Line,
    Party,
    Row,
    Source,
    Value,
)
from oracle.risk.rounding import MAX_AMOUNT_MINOR

_BUILDING_OF_A_COMPANY = Case(Line.PROPERTY, Party.CORPORATE)
_ALL = frozenset(CASES)
_PERSON = _ALL - {_BUILDING_OF_A_COMPANY}
_NONE: frozenset[Case] = frozenset()


def _of(*lines: Line) -> frozenset[Case]:
    return frozenset(case for case in CASES if case.line in lines)


_LIFE, _HEALTH, _ACCIDENT, _MOTOR, _PROPERTY = (_of(line) for line in Line)
_BODY = _LIFE | _HEALTH
_FINANCED = _LIFE | _PROPERTY
_DRIVEN = _MOTOR | _ACCIDENT
_BY_LINE = tuple(Line)
_CUSTOMER = (Source.CUSTOMER,)
_MEDICAL = (Source.CUSTOMER, Source.HOSPITAL)
_CREDIT = (Source.CUSTOMER, Source.CREDIT_REPORT)
_TRAFFIC = (Source.CUSTOMER, Source.TRAFFIC_AUTHORITY)
_COMMERCE = (Source.CUSTOMER, Source.COMMERCE)
_INSURERS = (Source.CUSTOMER, Source.INSURERS)
_SURVEYED = (Source.CUSTOMER, Source.SURVEY)
_BASIC, _FINANCIAL, _BEHAVIOUR, _HISTORY = Dimension.BASIC, Dimension.FINANCIAL, Dimension.BEHAVIOUR, Dimension.HISTORY
_MONEY = MAX_AMOUNT_MINOR
Labels = tuple[str, str]


def _whole(
    name: str,
    dimension: Dimension,
    labels: Labels,
    most: int,
    unit: str,
    applies: frozenset[Case],
    sources: tuple[Source, ...],
    *,
    least: int = 0,
    required: frozenset[Case] = _NONE,
    direction: int = 0,
    directed_from: int = 0,
    directed_lines: Iterable[Line] = _BY_LINE,
    derived: bool = False,
) -> IndicatorDefinition:
    return IndicatorDefinition(
        name, dimension, Kind.WHOLE, *labels, applies, required, sources, least, most, unit,
        direction=direction, directed_from=directed_from, directed_lines=frozenset(directed_lines), derived=derived,
    )  # fmt: skip


def _choice(
    name: str,
    dimension: Dimension,
    labels: Labels,
    choices: tuple[str, ...],
    applies: frozenset[Case],
    sources: tuple[Source, ...] = _CUSTOMER,
    *,
    required: frozenset[Case] = _NONE,
    direction: int = 0,
) -> IndicatorDefinition:
    return IndicatorDefinition(
        name, dimension, Kind.CHOICE, *labels, applies, required, sources, 0, len(choices) - 1, "", choices,
        direction=direction, directed_lines=frozenset(_BY_LINE),
    )  # fmt: skip


def _flag(
    name: str,
    dimension: Dimension,
    labels: Labels,
    applies: frozenset[Case],
    sources: tuple[Source, ...] = _CUSTOMER,
    *,
    required: frozenset[Case] = _NONE,
    direction: int = 0,
) -> IndicatorDefinition:
    return IndicatorDefinition(
        name, dimension, Kind.FLAG, *labels, applies, required, sources,
        direction=direction, directed_lines=frozenset(_BY_LINE),
    )  # fmt: skip


_BASICS = (
    _whole("age_years", _BASIC, ("age", "年龄"), 120, "years", _PERSON, _CUSTOMER, required=_PERSON, direction=1,
           directed_from=18, directed_lines=(Line.LIFE,)),
    _choice("sex", _BASIC, ("sex", "性别"), codes.SEXES, _PERSON, required=_PERSON),
    _choice("occupation", _BASIC, ("occupation", "职业"), codes.OCCUPATIONS, _PERSON, required=_PERSON),
    _whole("occupation_class", _BASIC, ("occupation class", "职业类别"), 6, "class", _PERSON, (), least=1, direction=1,
           directed_lines=(Line.ACCIDENT, Line.LIFE, Line.HEALTH), derived=True),
    _choice("region", _BASIC, ("region", "地区"), codes.REGIONS, _ALL, required=_MOTOR | _PROPERTY),
    _choice("marital_status", _BASIC, ("marital status", "婚姻状况"), codes.MARITAL_STATUSES, _PERSON),
    _flag("residence_registered", _BASIC, ("registered where resident", "户籍与居住地一致"), _PERSON),
)  # fmt: skip

_BODILY = (
    _whole("systolic_mmhg", Dimension.HEALTH, ("systolic blood pressure", "收缩压"), 300, "mmHg", _BODY, _MEDICAL,
           least=60, direction=1, directed_from=90),
    _whole("diastolic_mmhg", Dimension.HEALTH, ("diastolic blood pressure", "舒张压"), 200, "mmHg", _BODY, _MEDICAL,
           least=30, direction=1, directed_from=60),
    _whole("fasting_glucose_umol", Dimension.HEALTH, ("fasting blood sugar", "空腹血糖"), 50_000, "µmol/L", _BODY,
           _MEDICAL, least=1_000, direction=1, directed_from=3_900),
    _whole("hba1c_bp", Dimension.HEALTH, ("glycated haemoglobin", "糖化血红蛋白"), 2_500, "hundredths of a percent",
           _BODY, _MEDICAL, least=200, direction=1, directed_from=400),
    _whole("cholesterol_umol", Dimension.HEALTH, ("total cholesterol", "总胆固醇"), 40_000, "µmol/L", _BODY, _MEDICAL,
           least=500, direction=1, directed_from=3_000),
    _whole("ldl_umol", Dimension.HEALTH, ("LDL cholesterol", "低密度脂蛋白胆固醇"), 30_000, "µmol/L", _BODY, _MEDICAL,
           least=100, direction=1, directed_from=1_000),
    _whole("bmi_tenths", Dimension.HEALTH, ("body mass index", "体重指数"), 1_000, "tenths of kg/m²", _BODY, _MEDICAL,
           least=80, direction=1, directed_from=250),
    _choice("smoking", Dimension.HEALTH, ("smoking", "吸烟"), codes.SMOKING, _BODY, _MEDICAL, required=_BODY,
            direction=1),
    _whole("cigarettes_per_day", Dimension.HEALTH, ("cigarettes a day", "每日吸烟支数"), 200, "a day", _BODY, _MEDICAL),
    _whole("alcohol_grams_week", Dimension.HEALTH, ("alcohol a week", "每周饮酒量"), 5_000, "g", _BODY, _MEDICAL,
           direction=1),
    IndicatorDefinition(
        "history_mask", Dimension.HEALTH, Kind.SET, "medical history", "病史", _BODY, _BODY, _MEDICAL,
        most=2 ** len(codes.ILLNESSES) - 1, choices=codes.ILLNESSES,
    ),
)  # fmt: skip

_MEANS = (
    _whole("income_minor", _FINANCIAL, ("yearly income", "年收入"), _MONEY, "minor units", _FINANCED, _CREDIT,
           required=frozenset({_BUILDING_OF_A_COMPANY}), direction=-1),
    _whole("assets_minor", _FINANCIAL, ("assets", "资产"), _MONEY, "minor units", _FINANCED, _CREDIT, direction=-1),
    _whole("liabilities_minor", _FINANCIAL, ("liabilities", "负债"), _MONEY, "minor units", _FINANCED, _CREDIT,
           required=frozenset({_BUILDING_OF_A_COMPANY}), direction=1),
    _whole("credit_score", _FINANCIAL, ("credit score", "信用评分"), 850, "points", _FINANCED, (Source.CREDIT_REPORT,),
           least=300, direction=-1),
    _whole("arrears_24m", _FINANCIAL, ("payments in arrears, 24 months", "近24个月逾期次数"), 100, "times", _FINANCED,
           _CREDIT, direction=1),
)  # fmt: skip

_CONDUCT = (
    _whole("driving_years", _BEHAVIOUR, ("driving years", "驾龄"), 100, "years", _MOTOR, _TRAFFIC, required=_MOTOR,
           direction=-1),
    _whole("violations_12m", _BEHAVIOUR, ("traffic violations, 12 months", "近12个月交通违章次数"), 100, "times",
           _DRIVEN, _TRAFFIC, required=_MOTOR, direction=1),
    _whole("drink_driving_records", _BEHAVIOUR, ("drink-driving records", "酒驾记录"), 50, "times", _DRIVEN, _TRAFFIC,
           required=_MOTOR, direction=1),
    _whole("at_fault_accidents_36m", _BEHAVIOUR, ("accidents at fault, 36 months", "近36个月有责事故次数"), 50, "times",
           _DRIVEN, _TRAFFIC, required=_MOTOR, direction=1),
    _whole("surrenders_60m", _BEHAVIOUR, ("policies surrendered, 60 months", "近60个月退保次数"), 100, "times", _ALL,
           _COMMERCE, direction=1),
    _whole("dangerous_posts_12m", _BEHAVIOUR, ("posts of dangerous acts, 12 months", "近12个月发布危险行为次数"), 1_000,
           "times", _DRIVEN, (Source.COMMERCE,), direction=1),
)  # fmt: skip

_PAST = (
    _whole("past_sum_insured_minor", _HISTORY, ("sums insured so far", "既往保额"), _MONEY, "minor units", _ALL,
           _INSURERS),
    _whole("past_claims_36m", _HISTORY, ("claims, 36 months", "近36个月理赔次数"), 1_000, "times", _ALL, _INSURERS,
           required=_ALL, direction=1),
    _whole("past_claims_amount_minor", _HISTORY, ("amount claimed, 36 months", "近36个月理赔金额"), _MONEY,
           "minor units", _ALL, _INSURERS, direction=1),
    _whole("complaints_36m", _HISTORY, ("complaints, 36 months", "近36个月投诉次数"), 1_000, "times", _ALL,
           (Source.INSURERS,), direction=1),
    _whole("policies_held", _HISTORY, ("policies held", "持有保单数"), 1_000, "policies", _ALL, _INSURERS),
)  # fmt: skip

_THINGS = (
    _choice("vehicle_type", Dimension.OBJECT, ("vehicle type", "车型"), codes.VEHICLE_TYPES, _MOTOR, _TRAFFIC,
            required=_MOTOR),
    _choice("vehicle_use", Dimension.OBJECT, ("vehicle use", "车辆用途"), codes.VEHICLE_USES, _MOTOR, _TRAFFIC,
            required=_MOTOR, direction=1),
    _choice("structure", Dimension.OBJECT, ("structure", "建筑结构"), codes.STRUCTURES, _PROPERTY, _SURVEYED,
            required=_PROPERTY, direction=1),
    _flag("flood_zone", Dimension.OBJECT, ("in a flood zone", "位于洪水区"), _PROPERTY, _SURVEYED,
          required=_PROPERTY, direction=1),
    _choice("fire_equipment", Dimension.OBJECT, ("fire equipment", "消防设备"), codes.FIRE_EQUIPMENT, _PROPERTY,
            _SURVEYED, required=_PROPERTY, direction=1),
    _choice("occupancy", Dimension.OBJECT, ("use of the building", "建筑用途"), codes.OCCUPANCIES, _PROPERTY, _SURVEYED,
            direction=1),
    _whole("building_age_years", Dimension.OBJECT, ("age of the building", "建筑年限"), 1_000, "years", _PROPERTY,
           _SURVEYED, direction=1),
    _whole("property_value_minor", Dimension.OBJECT, ("value of the property", "财产价值"), _MONEY, "minor units",
           _PROPERTY, _SURVEYED, least=1, required=_PROPERTY),
)  # fmt: skip

_OFFERED = (
    _whole("sum_insured_minor", Dimension.OFFER, ("sum insured", "保险金额"), _MONEY, "minor units", _ALL,
           _CUSTOMER, least=1, required=_ALL),
    _whole("premium_minor", Dimension.OFFER, ("yearly premium offered", "年保费"), _MONEY, "minor units", _ALL,
           _CUSTOMER, least=1, required=_ALL),
    _choice("currency", Dimension.OFFER, ("currency", "币种"), codes.CURRENCIES, _ALL, required=_ALL),
    _whole("term_years", Dimension.OFFER, ("term", "保险期间"), 80, "years", _ALL, _CUSTOMER, least=1, required=_ALL),
)  # fmt: skip

INDICATORS: dict[str, IndicatorDefinition] = {
    definition.name: definition for definition in (*_BASICS, *_BODILY, *_MEANS, *_CONDUCT, *_PAST, *_THINGS, *_OFFERED)
}


def indicator(name: str) -> IndicatorDefinition:
    """The indicator of this name.

    Raises:
        IndicatorUnknown
    """
    found = INDICATORS.get(name)
    if found is None:
        raise IndicatorUnknown(name, name, "is no indicator", "Use a name of oracle/risk/vocabulary.py")
    return found


def check_value(name: str, value: Value) -> None:
    """Refuse a value the indicator cannot have; None is always allowed.

    Raises:
        IndicatorUnknown, IndicatorInvalid
    """
    indicator(name).check(value)


def coded(row: Row, name: str) -> int:
    """An indicator of a row as it stands in a column; `ABSENT` where the row leaves it out."""
    return INDICATORS[name].coded(row.get(name))


def asked(line: Line, party: Party) -> tuple[IndicatorDefinition, ...]:
    """Indicators of a form, derived ones not among them."""
    return tuple(each for each in INDICATORS.values() if each.applies_to(line, party) and not each.derived)
