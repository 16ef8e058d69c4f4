"""Layouts in everyday words, abbreviated, and with explanations; some have columns that only look like ours."""

# ruff: noqa: E501 (a column a line would hide the layouts)

from __future__ import annotations

from datetime import timedelta

from layouts import (
    HOME,
    HOSPITAL,
    KIND,
    OTHER,
    PARTY,
    PERSON,
    START,
    TOWN,
    WARD,
    YES,
    Cell,
    Layout,
    day,
    numbered,
    pick,
    when,
    whole,
    written,
)

SENDERS = pick("Sjukhuset", "Vårdcentralen", "Kommunal hemsjukvård", "Biståndsenheten")
RECEIVERS = pick("Vårdcentralen", "Biståndsenheten", "Sjukhuset", "Sjukhuset")
MONTHS = [
    *("januari", "februari", "mars", "april", "maj", "juni"),
    *("juli", "augusti", "september", "oktober", "november", "december"),
]


def named_month(days: int) -> Cell:
    """Dates as “3 oktober 2025”."""
    return lambda n: f"{(at := START + timedelta(days=n + days)).day} {MONTHS[at.month - 1]} {at.year}"


ENGLISH = pick("City Social Care", "University Hospital", "Primary Care Centre", "Home Nursing Team")
ENGLISH_OTHER = pick("University Hospital", "Primary Care Centre", "City Social Care", "University Hospital")
STEP = pick("Kallelse till SIP", "Planering inför utskrivning", "Inskrivningsmeddelande")
RESULT = pick("Tillbud", "Vårdskada", "Arbetsmiljö", "Förlängd vårdtid")


def severity(n: int) -> str:
    return str(1 + n % 4)


def likelihood(n: int) -> str:
    return str(1 + n // 4 % 4)


def product(n: int) -> str:
    return str(int(severity(n)) * int(likelihood(n)))


# fmt: off
EVERYDAY = {
 "everyday dev": Layout("deviations", [
  ("Nr","deviation_id",numbered("A")),("När hände det?","occurred_date",day(0)),("När skrevs rapporten?","reported_date",day(2)),
  ("Vem skrev","reporting_party",SENDERS),("Vem berörs","receiving_party",RECEIVERS),("Vad gick fel?","category",KIND),("Berätta mer","",written),
  ("Vilken kommun?","unit",TOWN),("Var hände det?","place",WARD),("Hur illa var det (1-4)","severity",whole(1,4)),
  ("Kan det hända igen (1-4)","likelihood",whole(1,4)),("Hur går det?","status",pick("Ny","Pågår","Klar")),
  ("Åtgärdat den","action_date",day(20,gaps=3)),("Klart den","",day(30,gaps=3)),("Namn på den som skrev","",PERSON),
  ("Telefon","",numbered("031-"))]),
 "abbr dev": Layout("deviations", [
  ("Avv.nr","deviation_id",numbered("A")),("Händ.dat.","occurred_date",day(0)),("Rapp.dat.","reported_date",day(2)),
  ("Rapp. part","reporting_party",SENDERS),("Mott. part","receiving_party",OTHER),("Kat.","category",KIND),("Komm.","unit",TOWN),
  ("Allv.grad","severity",whole(1,4)),("Sannol.","likelihood",whole(1,4)),("Utr. klar","investigated_date",day(10)),
  ("Återk.dat.","feedback_date",day(15)),("Avsl.dat.","closed_date",day(20)),("Ansv. handl.","",PERSON),("Beskr.","",written),
  ("Procsteg","process_step",pick("Kallelse till SIP","Planering inför utskrivning")),("Konsekv.","consequence",pick("Tillbud","Vårdskada"))]),
 "everyday epi": Layout("episodes", [
  ("Nummer på vårdtillfället","episode_id",numbered("V")),("Vem (kod)","",numbered("p")),
  ("Hur gammal är patienten?","age",whole(60,99)),("Man eller kvinna","sex",pick("Man","Kvinna")),("Vilket sjukhus","hospital",HOSPITAL),
  ("Vilken avdelning","ward",WARD),("Var bor patienten (kommun)","unit",TOWN),("När lades patienten in?","admitted_at",when(0)),
  ("När var patienten klar att åka hem?","uk_at",when(5)),("När skrevs patienten ut?","discharged_at",when(7)),
  ("Vart skrevs patienten ut?","discharged_to",HOME),("Fick patienten erbjudande om SIP?","is_sip_offered",YES),
  ("Kom patienten tillbaka inom 30 dagar?","is_readmitted",YES),("Hur länge låg patienten inne (dygn)","los_days",whole(3,9)),
  ("Vilken diagnos","",pick("I50","J18")),("Datum för hembesök efter utskrivning","",day(9))]),
 "long eng": Layout("episodes", [
  ("Identifier of the hospital stay (internal)","episode_id",numbered("V")),
  ("Pseudonymised identifier of the patient","person_id",numbered("p")),("Age of the patient at admission (years)","age",whole(60,99)),
  ("Name of the admitting hospital","hospital",HOSPITAL),("Ward from which the patient was discharged","ward",WARD),
  ("Municipality in which the patient is registered","unit",TOWN),("Date and time of admission to hospital","admitted_at",when(0)),
  ("Date and time when the admission notice was sent","admission_notice_at",when(1)),("Planned date of discharge","planned_uk_date",day(4)),
  ("Number of times the planned date was changed","planned_uk_moves_n",whole(0,3)),
  ("Date and time when the patient was declared ready for discharge","uk_at",when(5)),
  ("Date and time of discharge from hospital","discharged_at",when(7)),
  ("Whether a SIP was offered (yes/no)","is_sip_offered",pick("yes","no")),("Place to which the patient was discharged","discharged_to",HOME),
  ("Readmitted within 30 days of discharge (yes/no)","is_readmitted",pick("yes","no")),("Cost of the stay (SEK)","",whole(20000,90000)),
  ("Name of responsible physician","",PERSON)], ","),
 "everyday sip": Layout("sip", [
  ("SIP nr","sip_id",numbered("S")),("Person (kod)","person_id",numbered("p")),("Kommun","unit",TOWN),
  ("När registrerades SIP:en?","registered_date",day(0)),("Behövs SIP?","is_needed",YES),("Har SIP erbjudits?","is_offered",YES),
  ("När erbjöds SIP?","offered_date",day(1)),("Sa personen ja?","consent",pick("Ja","Nej")),("När skickades kallelsen?","called_at",day(2)),
  ("Vem kallade?","caller_party",SENDERS),("När ska mötet vara?","",day(5)),("När hölls mötet?","held_at",day(6)),
  ("När blev planen klar?","drawn_up_date",day(8)),("Vem deltog?","",written)]),
 "everyday msgs": Layout("messages", [
  ("Meddelandets nummer","message_id",numbered("m")),("Ärendets nummer","case_id",numbered("c")),("Patientens kommun","unit",TOWN),
  ("Vad för meddelande","message_type",pick("Inskrivningsmeddelande","Utskrivningsklar","Utskriven")),("När skickades det?","sent_at",when(0)),
  ("När kvitterades det?","acknowledged_at",when(1)),("Från","sender_party",SENDERS),("Till","receiver_party",OTHER),("Innehåll","",written)]),
 "bare dates": Layout("deviations", [
  ("Ärendenummer","deviation_id",numbered("A")),("Datum","occurred_date",day(0)),("Rapportdatum","reported_date",day(2)),("Part 1","receiving_party",SENDERS),
  ("Anmälare (part)","reporting_party",PARTY),("Kategori","category",KIND),("Kommun","unit",TOWN),("Enhet","place",WARD)]),
 "eng dev": Layout("deviations", [
  ("Ref.","deviation_id",numbered("A")),("When did it happen?","occurred_date",day(0)),("When was it reported?","reported_date",day(2)),
  ("Who reported it?","reporting_party",SENDERS),("Who is it about?","receiving_party",OTHER),("What went wrong?","category",KIND),
  ("Which municipality?","unit",TOWN),("Where did it happen?","place",WARD),("How serious was it? (1-4)","severity",whole(1,4)),
  ("How likely is it to happen again? (1-4)","likelihood",whole(1,4)),("Tell us more","",written),("Contact","",PERSON),
  ("Reply sent to reporter on","feedback_date",day(20)),("Case closed on","closed_date",day(30))], ","),
 "weekly": Layout("weekly_reports", [
  ("Rad","report_id",numbered("W")),("Vilken vecka (måndagens datum)","week_start",day(0)),("Vilken kommun","unit",TOWN),
  ("Vad har varit svårt?","problem",written),("Vad undrar ni?","question",written),("Vad blev svaret?","answer",written),
  ("När kom svaret?","answered_date",day(9)),("Er e-post","",lambda n:f"a{n}@b.se")]),
 "traps epi": Layout("episodes", [
  ("VårdtillfälleID","episode_id",numbered("V")),("Pseudo-ID","person_id",numbered("p")),("Bostadsort (kommun)","unit",TOWN),
  ("Inskr. tidpunkt","admitted_at",when(0)),("Inskriven av","",PERSON),("Utskr. tidpunkt","discharged_at",when(7)),
  ("Utskrivningsmeddelande skickat","",when(8)),("UK-meddelande","uk_at",when(5)),("Datum för hembesök efter utskrivning","",day(9)),
  ("Läkemedelsgenomgång vid utskrivning","",YES),("Antal dagar som utskrivningsklar","",whole(0,4)),("Betalningsansvar från datum","",day(8)),
  ("Ålder på anhörig","",whole(20,80)),("Kommunens handläggare","",PERSON),("Födelsedatum","",day(-9000)),("Senast kontrollerad","",day(30)),
  ("Första kontakt med kommunen","",day(3)),("Boendeform före inskrivning","",HOME),("Förväntad utskrivn.","planned_uk_date",day(4))]),
 "traps dev": Layout("deviations", [
  ("ID","deviation_id",numbered("A")),("Händelsedag","occurred_date",day(0)),("Upptäckt datum","",day(1)),
  ("Anmäld dag","reported_date",day(2)),("Anmäld till IVO datum","",day(12)),("Anmälarens organisation","reporting_party",PARTY),
  ("Anmälarens namn","",PERSON),("Anmälarens yrke","",pick("Läkare","Sjuksköterska")),("Motpart","receiving_party",OTHER),
  ("Kopia till","",pick("Regional primärvård","Samverkan")),("Avvikelsekategori","category",KIND),("Kommun","unit",TOWN),
  ("Patientens kön","",pick("Man","Kvinna")),("Åtgärd planerad till","",day(22)),("Utredare","",PERSON),
  ("Utredningen avslutad","investigated_date",day(18)),("Slutdatum","",day(30)),("Handläggningstid (dagar)","",whole(3,40)),
  ("Återkoppling till anmälaren","feedback_date",day(25))]),
 "traps msg": Layout("messages", [
  ("MeddelandeNr","message_id",numbered("m")),("Vårdtillfälle","case_id",numbered("c")),("Person","person_id",numbered("p")),
  ("Hemkommun","unit",TOWN),("Händelsetyp","message_type",pick("Inskrivningsmeddelande","Utskrivningsklar","Utskriven")),
  ("Sänt","sent_at",when(0)),("Kvitt.","acknowledged_at",when(1)),("Kvitterat av","",PERSON),("Avs. part","sender_party",PARTY),
  ("Mott. part","receiver_party",OTHER),("Avs. användare","",PERSON),("Pl. UK","planned_uk_date",day(4))]),
 "stat": Layout("measurements", [
  ("Nyckeltal","indicator",pick("uk_dagar","aterinskrivning")),("Kommun","unit",TOWN),
  ("Vilken månad","period_start",lambda n:f"2025-{n%12+1:02d}"),("Antal patienter (täljare)","numerator",whole(1,40)),
  ("Av totalt (nämnare)","denominator",whole(100,200)),("Procent","",lambda n:f"{n},5"),("Hämtat den","issued_date",day(90))]),
 "survey": Layout("answers", [
  ("Löpnr","respondent_id",numbered("R")),("När svarade du?","answered_date",day(0)),("Vilken part arbetar du för?","party",PARTY),
  ("Vad är ditt yrke?","profession",pick("Läkare","Chef")),("I vilken kommun arbetar du?","unit",TOWN),
  ("Jag vet vem som ansvarar för vad","jag_vet_vem_som_ansvarar_för_vad",whole(1,5)),("Rutinen är lätt att följa","rutinen_är_lätt_att_följa",whole(1,5)),("Något annat du vill säga?","",written)]),
}
LIKE_OURS = {
 "people": [
  ("Personnr","",numbered("19")),("Namn","",PERSON),("Kön","",pick("Man","Kvinna")),("Ålder","",whole(20,90)),("Kommun","",TOWN),
  ("Inskriven datum","",day(0)),("Skola","",WARD)],
 "meetings": [
  ("Möte","",numbered("M")),("Datum","",day(0)),("Plats","",WARD),("Deltagare","",written),("Ansvarig","",PERSON),("Kommun","",TOWN)],
 "devices": [
  ("Utlåningsnr","",numbered("M")),("Hjälpmedel","",pick("Rollator","Säng")),("Utlämnat","",day(0)),("Återlämnat","",day(10)),
  ("Brukare","",numbered("p")),("Kommun","",TOWN),("Enhet","",WARD),("Status","",pick("Ute","Inne"))],
 "referrals": [
  ("Remissnr","",numbered("M")),("Remissdatum","",day(0)),("Mottagande klinik","",WARD),("Svarsdatum","",day(10)),("Patient","",numbered("p")),
  ("Kommun","",TOWN),("Remittent","",PERSON),("Prioritet","",whole(1,3))],
 "transport": [
  ("Resa nr","",numbered("M")),("Hämtdatum","",day(0)),("Från adress","",numbered("G")),("Till adress","",numbered("H")),
  ("Kund","",numbered("p")),("Kommun","",TOWN),("Kostnad","",whole(100,300)),("Sjukhus","",HOSPITAL)],
 "complaints it": [
  ("Ärendenr","",numbered("M")),("Skapad","",day(0)),("Stängd","",day(10)),("Kategori","",pick("Nätverk","Skrivare","Lösenord")),
  ("Prioritet","",whole(1,4)),("Anmälare","",PERSON),("Tilldelad","",PERSON),("Enhet","",WARD),("Status","",pick("Öppen","Stängd")),
  ("Beskrivning","",written)],
}
BY_CELLS = {
 "datix":Layout("deviations",[
  ("Ref","deviation_id",numbered("W")),("Date opened","reported_date",day(2)),("Incident date","occurred_date",day(0)),
  ("Notifier's organisation","reporting_party",ENGLISH),("Organisation at fault","receiving_party",ENGLISH_OTHER),
  ("Harm to patient","consequence",pick("near miss","care injury","adverse event")),("Adverse event type","category",KIND),
  ("Locality (municipality)","unit",TOWN),("Exact location","place",WARD),("Severity","severity",severity),("Likelihood","likelihood",likelihood),
  ("Grade","risk_score",product),("Stage of pathway","process_step",STEP),("Lead investigator","",PERSON),
  ("Investigation end","investigated_date",day(12)),("Date fed back","feedback_date",day(14)),("Date finally approved","",day(20)),
  ("Closed","closed_date",day(21)),("Lessons learned","",written),("Updated on","",day(44))],","),
 "vardag dev2":Layout("deviations",[
  ("Löpnr i pärmen","deviation_id",numbered("1/")),("Dag då det gick snett","occurred_date",named_month(0)),
  ("Dag då vi fick veta","reported_date",named_month(2)),("Från vem","reporting_party",SENDERS),("Om vem","receiving_party",RECEIVERS),
  ("Kommunen","unit",TOWN),("Typ av problem","category",KIND),("Vilket led i kedjan","process_step",STEP),
  ("Blev det någon skada?","consequence",RESULT),("Hur allvarligt 1-4","severity",severity),("Hur troligt igen 1-4","likelihood",likelihood),
  ("Gångrat","risk_score",product),("Tittat på det","",named_month(9)),("Gjort något åt det","",named_month(15)),("Svarat den","",named_month(18)),
  ("Lagt ner","closed_date",named_month(25)),("Hur det gått","",pick("klart","på gång","nytt")),("Eget tyckande","",written)]),
 "db sip":Layout("sip",[
  ("SIPARENDE_NR","sip_id",numbered("S")),("PSEUDO_NYCKEL","person_id",numbered("p")),("VTF_REF","episode_id",numbered("v")),
  ("KOMMUN_NM","unit",TOWN),("REG_TIDP","registered_date",when(0)),("BEHOV_FL","is_needed",pick("1","0")),
  ("ERBJ_FL","is_offered",pick("1","0")),("ERBJ_DAT","offered_date",day(1)),("SAMTYCKE_KOD","consent",pick("Ja","Nej","Anhörig")),
  ("KALL_SKICKAD_TS","called_at",when(2)),("KALL_PART","caller_party",PARTY),("MOTE_PLAN_DAT","planned_meeting_date",day(5)),
  ("MOTE_HALLET_TS","held_at",when(6)),("PLAN_UPPR_DAT","drawn_up_date",day(7)),("FORE_EFTER","timing",pick("Före","Efter")),
  ("RAD_HASH","",numbered("cc")),("UPPD_TS","",when(70))]),
 "mening epi":Layout("episodes",[
  ("Vårdtillfällets nummer i systemet","episode_id",numbered("V")),("Personens hemliga kod","person_id",numbered("p")),
  ("Hur många år är personen","age",whole(60,99)),("Personens kön","sex",pick("M","K")),("Sjukhuset där personen låg","hospital",HOSPITAL),
  ("Avdelning","ward",WARD),("Kommunen personen bor i","unit",TOWN),("Kom in till sjukhuset","admitted_at",when(0)),
  ("Meddelande om inskrivning skickades","admission_notice_at",when(1)),("Tänkt dag för hemgång","planned_uk_date",day(4)),
  ("Hur många gånger den tänkta dagen ändrats","planned_uk_moves_n",whole(0,3)),("Bedömdes färdig för hemgång","uk_at",when(5)),
  ("Åkte från sjukhuset","discharged_at",when(7)),("Vart personen åkte","discharged_to",HOME),("Bodde innan","",HOME),
  ("Erbjöds en SIP","is_sip_offered",YES),("Lades in igen inom en månad","is_readmitted",YES),("Vem som fyllt i","",PERSON)]),
 "eng sip":Layout("sip",[
  ("Plan Ref","sip_id",numbered("S")),("Client Key","person_id",numbered("p")),("Local Authority","unit",TOWN),
  ("Created On","registered_date",day(0)),("Needed?","is_needed",pick("yes","no")),("Offer Date","offered_date",day(1)),
  ("Client Consent","consent",pick("yes","no","relative")),("Invitation Sent","called_at",when(2)),("Inviting Party","caller_party",PARTY),
  ("Meeting Scheduled For","planned_meeting_date",day(5)),("Meeting Took Place","held_at",when(6)),("Plan Signed Off","",day(9)),
  ("Relative to Discharge","timing",pick("before","after")),("Case Worker","",PERSON)],","),
 "traps":Layout("deviations",[
  ("ID","deviation_id",numbered("A")),("Händelsedatum","occurred_date",day(0)),("Rapporterad","reported_date",day(2)),
  ("Rapporterande part","reporting_party",PARTY),("Berörd part","receiving_party",OTHER),("Kategori","category",KIND),("Kommun","unit",TOWN),
  ("Tilldelad","",day(3)),("Påmind","",day(5)),("Tänkbar konsekvens","",RESULT),("Var i organisationen","",pick("HR","Ekonomi")),
  ("Allvarlighetsgrad","severity",severity),("Sannolikhet","likelihood",likelihood),("Risk efter åtgärd","",whole(1,3)),("Prioritet","",whole(1,4)),
  ("Förslag till åtgärd","",written),("Part som utreder","",SENDERS),("Avslutas senast","",day(40)),("Åtgärdskostnad","",whole(100,900)),
  ("Antal liknande fall","",whole(0,4))]),
 "traps epi2":Layout("episodes",[
  ("Ärende","episode_id",numbered("V")),("Patient","person_id",numbered("p")),("Kommun","unit",TOWN),("Inskriven","admitted_at",when(0)),
  ("Utskriven","discharged_at",when(7)),("Boende vid inskrivning","",HOME),("Önskat boende","",HOME),("Vårdbegäran inkom","",when(-1)),
  ("Vårdplaneringsmöte","",when(5)),("Senast sparad","",when(9)),("Patientansvarig läkare","",PERSON),("Antal SIP-möten","",whole(0,3)),
  ("Ålder anhörig","",whole(20,80)),("Make/maka kön","",pick("M","K")),("Vikt vid utskrivning","",whole(50,99)),
  ("Utskrivningsklar första gången","",when(4))]),
}
# fmt: on
