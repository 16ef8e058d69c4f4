"""Layouts of exports as different vendors might write them; all invented, with what each header means."""

# ruff: noqa: E501 (a column a line would hide the layouts)

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

ROWS = 40
START = datetime(2025, 1, 7, 9, 15)
Cell = Callable[[int], str]


@dataclass(frozen=True)
class Layout:
    """A table, and header, meaning and cells of each column; an empty meaning belongs to no column."""

    table: str
    columns: Sequence[tuple[str, str, Cell]]
    delimiter: str = ";"

    @property
    def meaning(self) -> dict[str, str]:
        return {header: column for header, column, _ in self.columns}

    def text(self, rows: int = ROWS) -> str:
        lines = [[header for header, _, _ in self.columns]]
        lines += [[cell(n) for _, _, cell in self.columns] for n in range(rows)]
        return "\n".join(self.delimiter.join(line) for line in lines) + "\n"


def when(days: int, form: str = "%Y-%m-%d %H:%M", gaps: int = 0) -> Cell:
    """Dates `days` after a start that moves on; every `gaps`-th is missing."""
    return lambda n: (
        "" if gaps and n % gaps == 0 else (START + timedelta(days=n + days, hours=days)).strftime(form)
    )


def day(days: int, form: str = "%Y-%m-%d", gaps: int = 0) -> Cell:
    return when(days, form, gaps)


def numbered(prefix: str) -> Cell:
    return lambda n: f"{prefix}{1000 + n}"


def pick(*words: str) -> Cell:
    return lambda n: words[(n * 7 + n // 5) % len(words)]


def whole(low: int, high: int) -> Cell:
    return lambda n: str(low + (n * 5 + n // 3) % (high - low + 1))


def written(n: int) -> str:
    return (
        f"Patienten fick vänta på besked från den andra parten under hela eftermiddagen och kvällen gång {n}."
    )


TOWN = pick("Göteborg", "Mölndal", "Partille", "Härryda", "Öckerö")
PARTY = pick("Slutenvård", "Regional primärvård", "Kommunal primärvård", "Kommunal socialtjänst")
OTHER = pick("Kommunal primärvård", "Slutenvård", "Regional primärvård", "Samverkan")
KIND = pick("Bristande information", "SIP uteblev", "Läkemedel", "Hjälpmedel")
YES = pick("Ja", "Nej", "Ja")
WARD = pick("Avd 12", "Geriatrik 3", "Ortopedi 7", "MAVA")
HOSPITAL = pick("SU Östra", "SU Mölndal", "SU Sahlgrenska")
PERSON = pick("Anna Ask", "Bo Berg", "Cia Ceder", "Dan Dahl", "Eva Ek", "Finn Falk", "Gun Gran")
HOME = pick("Ordinärt boende", "Korttidsboende", "Särskilt boende", "Annan vård")

TUNED = {
    "abbreviated": Layout(
        "episodes",
        [
            ("VTF_NR", "episode_id", numbered("V")),
            ("PAT_ID", "person_id", numbered("P")),
            ("SJH", "hospital", HOSPITAL),
            ("AVD", "ward", WARD),
            ("FOLKBOKF_KOMMUN", "unit", TOWN),
            ("INSKR_DATTID", "admitted_at", when(0)),
            ("BER_UTSKR_DAT", "planned_uk_date", day(4)),
            ("ANT_FLYTT_BER_UTSKR", "planned_uk_moves_n", whole(0, 3)),
            ("UTSKRKLAR_DATTID", "uk_at", when(5)),
            ("UTSKR_DATTID", "discharged_at", when(7)),
            ("SIP_ERBJ", "is_sip_offered", YES),
            ("SIP_KALL_DAT", "sip_call_date", day(6, gaps=3)),
            ("UTSKR_TILL", "discharged_to", HOME),
            ("ALDER", "age", whole(66, 95)),
            ("KON", "sex", pick("K", "M")),
            ("BATCH_ID", "", pick("77", "78")),
            ("SENAST_ANDRAD_AV", "", PERSON),
        ],
    ),
    "english deviations": Layout(
        "deviations",
        [
            ("Incident reference", "deviation_id", numbered("INC-")),
            ("Date of incident", "occurred_date", day(0)),
            ("Date reported", "reported_date", day(3)),
            ("Date closed", "closed_date", day(30, gaps=4)),
            ("Current status", "status", pick("Open", "Closed")),
            ("Incident category", "category", KIND),
            ("Severity (1-4)", "severity", whole(1, 4)),
            ("Probability (1-4)", "likelihood", whole(1, 4)),
            ("Reported by organisation", "reporting_party", PARTY),
            ("Concerned organisation", "receiving_party", OTHER),
            ("Municipality", "unit", TOWN),
            ("Ward", "place", WARD),
            ("Narrative", "", written),
            ("Investigator", "", PERSON),
            ("Site code", "", pick("A1", "B2", "C3")),
        ],
        delimiter=",",
    ),
    "verbose": Layout(
        "episodes",
        [
            ("Vårdtillfällets identitet", "episode_id", numbered("E")),
            ("Pseudonymiserad patientidentitet", "person_id", numbered("ps")),
            ("Patientens ålder vid inskrivningen (år)", "age", whole(66, 95)),
            ("Patientens kön", "sex", pick("Kvinna", "Man")),
            ("Kommun där patienten är folkbokförd", "unit", TOWN),
            ("Datum och tid för inskrivning", "admitted_at", when(0)),
            ("Datum och tid då inskrivningsmeddelande skickades", "admission_notice_at", when(1)),
            ("Datum och tid då patienten bedömdes utskrivningsklar", "uk_at", when(5)),
            ("Datum och tid för utskrivning", "discharged_at", when(7)),
            ("Vårdtid (dagar)", "los_days", lambda n: "7,0"),
            ("Har SIP erbjudits?", "is_sip_offered", YES),
            ("Utskriven till vilken boendeform", "discharged_to", HOME),
            ("Utskrivande avdelning", "ward", WARD),
            ("Utskrivande läkare", "", PERSON),
            ("Återinskriven inom 30 dagar (ja/nej)", "is_readmitted", YES),
            ("Övriga upplysningar", "", written),
        ],
    ),
    "camel": Layout(
        "sip",
        [
            ("SipId", "sip_id", numbered("S")),
            ("PatientPseudonym", "person_id", numbered("p")),
            ("Hemkommun", "unit", TOWN),
            ("RegDatum", "registered_date", day(0)),
            ("ErbjudenSip", "is_offered", YES),
            ("SamtyckeFinns", "consent", pick("Ja", "Nej", "Kan ej")),
            ("KallelseSkickad", "called_at", day(2)),
            ("KalladAvPart", "caller_party", PARTY),
            ("MoteGenomfort", "held_at", day(6, gaps=5)),
            ("PlanUpprattad", "drawn_up_date", day(7, gaps=5)),
            ("Handlaggare", "", PERSON),
            ("RadVersion", "", whole(1, 9)),
        ],
    ),
}
HELD_OUT = {
    "cosmic style": Layout(
        "episodes",
        [
            ("Vårdkontakt nr", "episode_id", numbered("K")),
            ("Person (pseudonym)", "person_id", numbered("z")),
            ("Vårdinrättning", "hospital", HOSPITAL),
            ("Klinik", "clinic", pick("Medicin", "Kirurgi", "Geriatrik")),
            ("Vårdenhet", "ward", WARD),
            ("Bostadskommun", "unit", TOWN),
            ("Inskrivningstidpunkt", "admitted_at", when(0, "%d/%m/%Y %H:%M")),
            ("Utskrivningsplanering påbörjad", "planning_started_at", when(2, "%d/%m/%Y %H:%M")),
            ("Fast vårdkontakt utsedd", "named_care_contact_at", when(3, "%d/%m/%Y %H:%M")),
            ("Prel. utskrivningsklar", "planned_uk_date", day(4, "%d/%m/%Y")),
            ("Utskr.klar tidp.", "uk_at", when(5, "%d/%m/%Y %H:%M")),
            ("Utskrivningstidpunkt", "discharged_at", when(7, "%d/%m/%Y %H:%M")),
            ("Boende efter utskr.", "discharged_to", HOME),
            ("Huvuddiagnos", "", pick("I50", "J18", "S72")),
            ("Antal UK-dagar", "", whole(0, 4)),
            ("Skörhet (CFS 1-9)", "cfs", whole(1, 9)),
        ],
    ),
    "upper snake deviations": Layout(
        "deviations",
        [
            ("AVV_ID", "deviation_id", numbered("A")),
            ("HANDELSE_DATUM", "occurred_date", day(0)),
            ("REG_DATUM", "reported_date", day(2)),
            ("AVSLUT_DATUM", "closed_date", day(40, gaps=3)),
            ("ATERKOPPLING_DATUM", "feedback_date", day(20, gaps=3)),
            ("AVV_TYP", "category", KIND),
            ("ANMALARE_PART", "reporting_party", PARTY),
            ("MOTTAGARE_PART", "receiving_party", OTHER),
            ("KOMMUN_NAMN", "unit", TOWN),
            ("ALLVARLIGHET", "severity", whole(1, 4)),
            ("PROCESS_STEG", "process_step", pick("Kallelse till SIP", "Planering inför utskrivning")),
            ("HANDELSE_ENHET", "place", WARD),
            ("FRITEXT", "", written),
            ("SKAPAD_AV", "", PERSON),
            ("UPPDATERAD_TS", "", when(50)),
            ("KALLSYSTEM", "", pick("MCP")),
        ],
    ),
    "english statistics": Layout(
        "measurements",
        [
            ("Indicator name", "indicator", pick("uk_mean_days", "readmissions")),
            ("Council", "", numbered("c")),
            ("Municipality name", "unit", TOWN),
            ("Month", "period_start", lambda n: f"2025-{n % 12 + 1:02d}"),
            ("Numerator", "numerator", whole(1, 90)),
            ("Denominator", "denominator", whole(100, 200)),
            ("Rate (%)", "", lambda n: f"{n}.5"),
            ("Published date", "issued_date", day(60)),
        ],
        delimiter=",",
    ),
    "message log": Layout(
        "messages",
        [
            ("Ärendenummer", "case_id", pick("A1", "A2", "A3", "A4")),
            ("Patientnyckel", "person_id", pick("q1", "q2", "q3", "q4")),
            ("Folkbokföringskommun", "unit", TOWN),
            (
                "Typ av händelse",
                "message_type",
                pick("Inskrivningsmeddelande", "Utskrivningsklar", "Kallelse till SIP", "Utskriven"),
            ),
            ("Skickad tidpunkt", "sent_at", when(0)),
            ("Kvitterad tidpunkt", "acknowledged_at", when(1, gaps=3)),
            ("Avsändarpart", "sender_party", PARTY),
            ("Mottagarpart", "receiver_party", OTHER),
            ("Meddelandets fritext", "", written),
            ("Loggrad", "", numbered("9")),
        ],
    ),
    "survey long": Layout(
        "answers",
        [
            ("Respondentnr", "respondent_id", numbered("R")),
            ("Besvarad datum", "answered_date", day(0)),
            ("Enkätens namn", "survey", pick("tydlighet")),
            ("Mätomgång", "round", pick("2025-1", "2025-2")),
            ("Huvudman", "party", PARTY),
            ("Yrkesgrupp", "profession", pick("Läkare", "Sjuksköterska", "Chef")),
            ("Arbetskommun", "unit", TOWN),
            ("Påstående", "item", pick("klart ansvar", "klara steg")),
            ("Svar (1-5)", "value", whole(1, 5)),
            ("Kommentar", "", written),
        ],
    ),
    "survey wide": Layout(
        "answers",
        [
            ("Svars-ID", "respondent_id", numbered("R")),
            ("Inskickad datum", "answered_date", day(0)),
            ("Mätning", "round", pick("2025-1", "2025-2")),
            ("Parts tillhörighet", "party", PARTY),
            ("Yrkesroll", "profession", pick("Läkare", "Sjuksköterska", "Chef")),
            ("Kommun", "unit", TOWN),
            ("Ansvarsfördelningen är tydlig", "clear_responsibility", whole(1, 5)),
            ("Det är tydligt vad som ska göras vid varje steg", "clear_steps", whole(1, 5)),
            ("Jag dokumenterar rätt uppgifter", "documents_rightly", whole(1, 5)),
            ("Övriga synpunkter", "", written),
        ],
    ),
    "english discharges": Layout(
        "episodes",
        [
            ("encounter_id", "episode_id", numbered("9")),
            ("subject_id", "person_id", numbered("8")),
            ("sex", "sex", pick("female", "male")),
            ("age_at_admission", "age", whole(66, 95)),
            ("hospital_name", "hospital", HOSPITAL),
            ("discharging_ward", "ward", WARD),
            ("home_municipality", "unit", TOWN),
            ("admission_datetime", "admitted_at", when(0)),
            ("expected_discharge_date", "planned_uk_date", day(4)),
            ("ready_for_discharge_datetime", "uk_at", when(5)),
            ("discharge_datetime", "discharged_at", when(7)),
            ("discharge_destination", "discharged_to", HOME),
            ("length_of_stay_days", "los_days", whole(5, 9)),
            ("readmitted_within_30d", "is_readmitted", pick("yes", "no")),
            ("sip_offered", "is_sip_offered", pick("yes", "no")),
            ("etl_load_id", "", pick("1", "2")),
            ("date_of_death", "", day(90, gaps=2)),
            ("gp_practice", "", pick("VC A", "VC B")),
        ],
        delimiter="\t",
    ),
    "region deviations": Layout(
        "deviations",
        [
            ("Diarienr", "deviation_id", numbered("D")),
            ("När inträffade händelsen?", "occurred_date", day(0, "%Y%m%d")),
            ("Anmält datum", "reported_date", day(2, "%Y%m%d")),
            ("Ärendet avslutat", "closed_date", day(30, "%Y%m%d")),
            ("Handläggningsstatus", "status", pick("Ny", "Pågår", "Klar")),
            ("Vad gäller avvikelsen?", "category", KIND),
            ("Vilken part anmäler?", "reporting_party", PARTY),
            ("Vilken part avser avvikelsen?", "receiving_party", OTHER),
            ("Patientens hemkommun", "unit", TOWN),
            ("Händelseplats", "place", WARD),
            ("Följd för patienten", "consequence", pick("Tillbud", "Vårdskada", "Förlängd vårdtid")),
            ("Risk för upprepning (sannolikhet)", "likelihood", whole(1, 4)),
            ("Handläggarens namn", "", PERSON),
            ("Bilagor (antal)", "", whole(0, 3)),
            ("Ankomstsätt", "", pick("Webb", "Post")),
        ],
    ),
    "beds": Layout(
        "capacity",
        [
            ("Kalenderdatum", "day", day(0)),
            ("Sjukhus", "place", lambda n: f"Sjukhus {'ABC'[n % 3]}"),
            ("Ant disp vårdplatser", "staffed_beds_n", whole(80, 99)),
            ("Ant belagda vårdplatser", "occupied_beds_n", whole(70, 110)),
            ("Varav utskrivningsklara pat", "uk_patients_n", whole(0, 20)),
            ("Väderlek", "", pick("sol", "regn")),
            ("Beläggningsgrad (%)", "", whole(80, 120)),
        ],
    ),
    "planning calls": Layout(
        "sip",
        [
            ("PLAN-NR", "sip_id", numbered("SP")),
            ("Klientpseudonym", "person_id", numbered("u")),
            ("Kommun", "unit", TOWN),
            ("Skapad", "registered_date", day(0)),
            ("Bedömt behov av SIP", "is_needed", YES),
            ("Datum då SIP erbjöds", "offered_date", day(1)),
            ("Den enskildes samtycke", "consent", pick("Ja", "Nej", "Anhörig")),
            ("Datum för kallelse", "called_at", day(2)),
            ("Kallande verksamhet/part", "caller_party", PARTY),
            ("Datum för SIP-möte", "held_at", day(6)),
            ("Planerat datum för möte", "planned_meeting_date", day(5)),
            ("Före/efter utskrivning", "timing", pick("Före utskrivning", "Efter utskrivning")),
            ("Deltagarlista", "", written),
            ("Antal deltagare", "", whole(2, 9)),
        ],
    ),
    "week reports": Layout(
        "weekly_reports",
        [
            ("Rapportnr", "report_id", numbered("W")),
            ("Vecka som börjar", "week_start", day(0)),
            ("Kommun", "unit", TOWN),
            ("Part", "party", PARTY),
            ("Verksamhetens namn", "place", WARD),
            ("Vilka hinder har ni mött?", "problem", written),
            ("Frågor till processamordnaren", "question", written),
            ("Svarsdatum", "answered_date", day(9)),
            ("Kontaktpersonens e-post", "", lambda n: f"a{n}@b.se"),
        ],
    ),
}
# fmt: off
LATER = {
 "lifecare": Layout("episodes", [
  ("Ärendenyckel","episode_id",numbered("L")),("Individ (hashad)","person_id",numbered("h")),("Kommunkod","unit",pick("1480","1481","1401")),
  ("Utskrivande klinik","clinic",pick("Medicin","Kirurgi")),("In-datum","admitted_at",day(0)),("Inskr.medd. skickat","admission_notice_at",when(1)),
  ("Beräknat utskrivningsklar","planned_uk_date",day(4)),("Antal ggr ändrat beräknat datum","planned_uk_moves_n",whole(0,3)),
  ("Tidpunkt utskrivningsklar","uk_at",when(5)),("Antal återtagna utskrivningsklar","uk_withdrawn_n",whole(0,2)),("Ut-datum","discharged_at",day(8)),
  ("SIP-kallelse skickad","sip_call_date",day(6)),("Erbj. SIP","is_sip_offered",YES),("Utskriven till boende","discharged_to",HOME),
  ("Vårdform (somatisk/psykiatrisk)","care_type",pick("Somatisk","Psykiatrisk")),("Närområde","nosam",pick("Nordost","Centrum","Hisingen")),
  ("Tvångsvårdad","is_compulsory_care",YES),("Betalningsansvar dagar","",whole(0,3)),("Kostnadsställe","",whole(4000,4900)),("Noteringar","",written)]),
 "medcontrol2": Layout("deviations", [
  ("Ärende","deviation_id",numbered("2025-")),("Inträffade datum","occurred_date",day(0,"%d.%m.%Y")),("Upprättad","",day(1,"%d.%m.%Y")),
  ("Registrerad datum","reported_date",day(2,"%d.%m.%Y")),("Rapportör (part)","reporting_party",PARTY),("Berörd part","receiving_party",OTHER),
  ("Kategori nivå 1","category",KIND),("Kategori nivå 2","",pick("a","b","c")),("Allvarlighetsgrad","severity",whole(1,4)),("Sannolikhet","likelihood",whole(1,4)),
  ("Riskpoäng","",whole(17,40)),("Kommun","unit",TOWN),("Enhet där händelsen inträffade","place",WARD),("Aktivitet i arbetsbeskrivningen","activity_id",pick("1a1","2c8")),
  ("Berörd riktlinje","routine",pick("Rutin A","Rutin B")),("Utredning klar","investigated_date",day(20,"%d.%m.%Y")),("Åtgärd vidtagen","action_date",day(22,"%d.%m.%Y")),
  ("Avslutat","closed_date",day(30,"%d.%m.%Y")),("Händelseförlopp","",written),("Ansvarig handläggare","",PERSON),("Offentlig/privat utförare","provider",pick("Offentlig","Privat"))]),
 "english messages": Layout("messages", [
  ("msg_id","message_id",numbered("m")),("case_ref","case_id",numbered("c")),("patient_hash","person_id",numbered("x")),("municipality_of_residence","unit",TOWN),
  ("event_type","message_type",pick("Inskrivningsmeddelande","Utskrivningsklar","Utskriven")),("sent_timestamp","sent_at",when(0)),("ack_timestamp","acknowledged_at",when(1)),
  ("from_party","sender_party",PARTY),("to_party","receiver_party",OTHER),("hospital","hospital",HOSPITAL),("message_body","",written),("system_user","",PERSON)]),
 "statistik": Layout("measurements", [
  ("Mått","indicator",pick("uk_dagar","aterinskrivning")),("Kommunnamn","unit",TOWN),("Redovisad period","period_start",lambda n:f"2025-{n%12+1:02d}-01"),
  ("Periodicitet","period",pick("Månad","Kvartal")),("Antal (täljare)","numerator",whole(1,50)),("Antal i bas (nämnare)","denominator",whole(100,300)),
  ("Andel","",lambda n:f"{n},2"),("Datauttag gjort","issued_date",day(90)),("Kommentar till värdet","",written)]),
 "training": Layout("training", [
  ("Tillfällesnummer","training_id",numbered("T")),("Datum för utbildningen","held_date",day(0)),("Deltagande part","party",PARTY),("Kommun","unit",TOWN),
  ("Fas (1-4)","phase",whole(1,4)),("Intern eller gemensam","kind",pick("Intern","Gemensam")),("Utbildningens innehåll","topic",pick("SIP","SAMSA")),
  ("Antal deltagare","participants_n",whole(5,40)),("Lokal","",pick("Rum A","Rum B")),("Utbildare","",PERSON)]),
}
WRONG_KINDS = {
    "invoices": [("Fakturanummer", "", numbered("F")), ("Kund", "", PERSON), ("Fakturadatum", "", day(0)),
                 ("Förfallodatum", "", day(30)), ("Belopp", "", whole(100, 900)), ("Moms", "", whole(10, 90))],
    "schedule": [("Anställd", "", PERSON), ("Enhet", "", WARD), ("Datum", "", day(0)), ("Passtyp", "", pick("Dag", "Natt")),
                 ("Start", "", lambda n: f"{7 + n % 9:02d}:00"), ("Slut", "", lambda n: f"{15 + n % 9:02d}:30"),
                 ("Timmar", "", whole(6, 10))],
    "addresses": [("Förnamn", "", PERSON), ("Efternamn", "", PERSON), ("Gatuadress", "", numbered("Gatan ")),
                  ("Postnummer", "", whole(41100, 41900)), ("Kommun", "", TOWN), ("Telefon", "", numbered("070-55"))],
    "stock": [("Artikelnummer", "", numbered("A")), ("Benämning", "", WARD), ("Antal", "", whole(1, 9)),
              ("Lagerplats", "", pick("A", "B")), ("Inventeringsdatum", "", day(0)), ("Enhet", "", pick("st", "kg"))],
    "staff": [("Anställningsnummer", "", numbered("7")), ("Namn", "", PERSON), ("Yrke", "", pick("Läkare", "Chef")),
              ("Avdelning", "", WARD), ("Kommun", "", TOWN), ("Anställd från", "", day(0)), ("Månadslön", "", whole(20000, 60000))],
}
# fmt: on
