"""Small exports as text, one a shipped source of the Gothenburg area, and rows as frames; all invented."""

# ruff: noqa: E501 (the lines are the exports' own)

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from analysis.tables import table

Row = dict[str, Any]

EXPORTS: dict[str, str] = {
    "samsa": """\
Vårdtillfälle;Patient-id;Sjukhus;Avdelning;Kommun;Inskriven;Planerat UK;Antal flyttade planerat UK;Utskrivningsklar;\
Utskriven;Vårdtid (dagar);SIP erbjuden;SIP-kallelse;Utskriven till;Återinskriven 30 d;Ålder;Kön;CFS;Vårdtyp;NOSAM;\
Oplanerad;Tvångsvård;Behov region;Behov kommun;Inskrivningsmeddelande;Planering påbörjad;Fast vårdkontakt;\
Antal återkallade UK;UK-dagar återkallade;Kommentar
VT1;PID1;SU Östra;Avd 3;Göteborg;2025-02-03 09:15;2025-02-07;0;2025-02-07 12:15;2025-02-08 08:15;5,0;Nej;;\
Ordinärt boende;Nej;81;Kvinna;5;Somatisk;Nordost;Ja;Nej;Ja;Ja;2025-02-03 11:00;2025-02-04 08:00;;0;0;
VT2;PID2;SU Mölndal;Avd 4;Öckerö kommun;2025-02-10 09:15;2025-02-14;2;2025-02-15 12:15;2025-02-16 21:15;6,5;Ja;\
2025-02-16;Korttidsboende;Nej;77;Man;;Psykiatri;;Nej;Ja;Ja;Ja;;;2025-02-12 10:00;1;2;
""",
    "samsa-klinik": """\
Klinikvårdtillfälle;Patient-id;Klinik;Sjukhus;Avdelning;Kommun;Inskriven;Utskrivningsklar;Utskriven;Utskriven till
KV1;PID1;Kirurgi;SU Östra;Avd 3;Göteborg;2025-02-03 09:15;;2025-02-05 10:00;Annan klinik
KV2;PID1;Geriatrik;SU Östra;Avd 7;Göteborg;2025-02-05 10:30;2025-02-07 12:15;2025-02-08 08:15;Ordinärt boende
""",
    "samsa-meddelanden": """\
Meddelande-id;Ärende-id;Patient-id;Kommun;Meddelandetyp;Skickat;Kvitterat;Avsändande part;Mottagande part;Planerat UK
M1;A1;PID1;Partille;Inskriven;2025-02-01 10:00;;Slutenvård;;
M2;A1;PID1;Partille;Inskrivningsmeddelande;2025-02-01 12:00;2025-02-01 13:00;Slutenvård;Kommunal socialtjänst;2025-02-05
M3;A1;PID1;Partille;Ändrat planerat UK;2025-02-03 09:00;;Slutenvård;Kommunal socialtjänst;2025-02-07
M4;A1;PID1;Partille;Utskrivningsklar;2025-02-05 09:00;;Slutenvård;Kommunal socialtjänst;
M5;A1;PID1;Partille;Utskrivningsklar återkallad;2025-02-06 15:00;;Slutenvård;Kommunal socialtjänst;
M6;A1;PID1;Partille;Utskrivningsklar;2025-02-09 10:00;;Slutenvård;Kommunal socialtjänst;
M7;A1;PID1;Partille;Kallelse SIP;2025-02-10 10:00;;Regional primärvård;Kommunal primärvård;
M8;A1;PID1;Partille;Utskriven;2025-02-11 13:00;;Slutenvård;;
""",
    "cosmic-link": """\
Vårdkontakt-id;Person;Vårdinrättning;Vårdenhet;Mottagande kommun;Inskrivningstid;Beräknad utskrivning;Utskrivningsklar tid;\
Utskrivningstid;SIP erbjudits;Utskriven till
VK1;P1;Sjukhuset;Avd 1;Härryda;2025-03-01 10:00;2025-03-04;2025-03-04 09:00;2025-03-05 12:00;Ja;Eget hem
""",
    "sip": """\
SIP-id;Vårdtillfälle;Patient-id;Kommun;Registrerad;Behov av SIP;SIP erbjuden;Samtycke;Kallad;Kallande part;SIP-möte;\
SIP upprättad;Före eller efter utskrivning;Registrerad i SAMSA
S1;VT1;PID1;Göteborg;2025-02-07;Ja;Ja;Ja;2025-02-08;Regional primärvård;2025-02-10;2025-02-10;Efter utskrivning;Ja
S2;VT2;PID2;Mölndal;2025-02-09;Ja;Nej;Kan ej uttrycka;;;;;;Nej
""",
    "medcontrol": """\
Ärendenummer;Registreringsdatum;Händelsedatum;Avslutsdatum;Status;Avvikelsetyp;Allvarlighetsgrad;Rapporterande part;\
Mottagande part;Enhet;Kommun;Sannolikhet;Riskpoäng;Processteg;Aktivitet;Rutin;Konsekvens;Avvikelseslag;Driftsform;\
Utredd;Åtgärdad;Återkopplad;Beskrivning
AV-1;2025-02-05;2025-02-03;2025-03-01;Avslutad;Bristande information;2;Slutenvård;Regional primärvård;Avd 3;Göteborg;\
3;6;Kalla till SIP;2c8;Rutin A;Patient i kläm;Patientsäkerhet;Offentlig;2025-02-10;2025-02-11;2025-02-20;En text.
AV-2;2025-02-14;2025-02-12;;Ny;Uteblivna kallelser;;Socialtjänsten;Slutenvården;Avd 4;1407;;;;;;;;Privat;;;;
""",
    "survey": """\
Svars-id;Svarsdatum;Part;Roll;Kommun;Ansvarsfördelningen är tydlig;Det är tydligt vad som ska göras;\
Dokumenterar rätt uppgifter;Den enskilde är delaktig;Fritext
S900;2025-02-03;Slutenvård;Sjuksköterska;Göteborg;2;3;4;5;En text.
S901;2025-02-12;Regional primärvård;Läkare;Härryda;3;4;Vet ej;1;
""",
    "npe": """\
Enkät-id;Svarsdatum;Mätår;Hemkommun;Delaktighet och involvering 1;Delaktighet och involvering 2;\
Delaktighet och involvering 3;Helhetsintryck
E1;2024-05-01;2024;Göteborg;5;;1;4
""",
    "open-answers": """\
Svarsnummer;Svarsdatum;Insamling;Part;Fråga;Tema;Klass;Svar
O1;2025-06-12;juni-2025;Samverkan;1;Ansvar;Åsikt;En text.
""",
    "web-question": """\
Webbsvar-id;Svarsdatum;Förvaltning;Yrkeskategori;Roll vid införandet;Arbetat i Millennium;Webbfråga
W1;2025-02-01;SÄS;Sjuksköterska;Millenniumcoach;Ja;En text.
""",
    "weekly-form": """\
Rapport-id;Vecka (måndag);Part;Kommun;Verksamhet;Processteg;Problem;Fråga;Svar;Besvarad
R1;2025-10-06;Kommunal primärvård;Partille;Hemsjukvården;Kallelse;Kallelsen kom sent;;Se rutinen;2025-10-08
R2;2025-10-06;Regional primärvård;Partille;Vårdcentral A;;;;;
""",
    "utdata": """\
Indikator;Kommun;Månad;Periodtyp;Täljare;Nämnare;Uttagsdatum;Kvot
sip_drawn_up;Göteborg;2025-01;Månad;120;800;2025-02-10;0,15
""",
    "skr": """\
Kommun / Län;Vårdtillfällen;Totalt antal dagar;Snitt;Månad;Uttagsdatum
Göteborg;200;420;2,1;2025-01;2025-02-20
""",
    "kolada": """\
Nyckeltals-id;Kommun-id;År;Värde;Hämtad
U79135;1480;2023;2,4;2024-06-01
""",
    "status-sheet": """\
Datum;Delområde;Förvaltning;Gjort sedan tidigare;Pågående aktiviteter;Planerade aktiviteter;Hinder / Utmaningar
2025-02-28;Kunskapsstöd;SkaS;Rådet är på plats;Vårdprogram införs;xxxxx;xxxxx.
2025-02-28;Kunskapsstöd;Närhälsan;Xxx;xxxxx;xxxxx;xxxxx.
""",
    "status-lines": """\
Datum;Delområde;Förvaltning;Statusruta;Rad;Text
2025-02-28;Kunskapsstöd;SkaS;Gjort sedan tidigare;1;Rådet är på plats
2025-02-28;Kunskapsstöd;SkaS;Planerade aktiviteter;2;xxxxx
""",
    "action-plan": """\
Handlingsplan;Plandatum;Rad;Part;Kommun;Mål/delmål;Aktivitet;Ansvar;Uppföljning, mätetal, utfallsmått;Resultat;Klart senast
Plan A;2025-09-01;1;Samverkan;;Fler SIP;Utbilda;Lokal samordnare;Antal upprättade SIP;;2026-03-31
Plan A;2025-09-01;2;Samverkan;;;Nätverksträffar;Lokal samordnare;;;
""",
    "self-assessment": """\
Bedömningsdatum;Part;Kommun;Verksamhet;Aktivitets-id;Version;Gör ni redan;Arbetssätt
2025-09-10;Slutenvård;Göteborg;Avd 3;2c8;2025-09;Delvis;Gammalt arbetssätt
""",
    "training": """\
Utbildnings-id;Genomförd;Part;Kommun;Verksamhet;Fas;Utbildningstyp;Ämne;Antal deltagare
U1;2026-02-03;Kommunal primärvård;Härryda;Hemsjukvården;2;Gemensam;SIP;24
""",
    "green-cross": """\
Dag;Enhet;Färg
2025-02-01;Avd 3;Grön
2025-02-02;Avd 3;Orange
""",
    "capacity": """\
Dag;Sjukhus;Disponibla vårdplatser;Belagda vårdplatser;Utskrivningsklara;Crowding;Sjukhus hemma
2025-02-01;SU Östra;400;412;35;1,2;80
""",
}


def header(source: str) -> list[str]:
    """The header of a source's export."""
    return EXPORTS[source].splitlines()[0].split(";")


def cells(source: str) -> dict[str, list[str]]:
    """The cells of a source's export, by header."""
    rows = [line.split(";") for line in EXPORTS[source].splitlines()[1:]]
    return {name: [row[n] for row in rows] for n, name in enumerate(header(source))}


def frame_of(name: str, rows: Sequence[Row]) -> pd.DataFrame:
    """The rows in all columns of the table, in the types that the readers give."""
    columns = {}
    for column, schema in table(name).model.to_schema().columns.items():
        cells = pd.Series([row.get(column) for row in rows], dtype=object)
        kind = str(schema.dtype)
        if kind.startswith("datetime64"):
            columns[column] = pd.to_datetime(cells, format="mixed").astype("datetime64[us]")
        else:
            columns[column] = cells.astype("str" if kind.startswith("str") else kind)
    return pd.DataFrame(columns)
