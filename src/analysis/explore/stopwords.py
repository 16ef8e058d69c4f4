"""Words that say nothing of what a report is about, in Swedish and English."""

SWEDISH = """
alla allt att av blev bli blir bort bara de dem den denna deras dess det detta dig din dock där då efter eller
en er ett ej finns fick flera for fram från få får för före genom gick ge ger gör göra ha hade han har hela
hen henne hennes hon honom hur här i icke igen in ingen inget innan inom inte istället jag ju kan kom kommer
kommit kunde kvar man med mellan men mer mot mycket må måste många ned nej ni nu när någon något några och
också om oss på rad samt sedan ser sig sin sina sitt ska skulle som så ta till tog trots under upp ut utan
vad var vara varit varje vi vid vilka vilken vilket vill då åt än är ännu över
"""
ENGLISH = """
a about after all also am an and any are as at be been before being but by can could did do does for from had
has have he her here him his how if in into is it its just me more most my no not of on only or other our out
over row she should so some such than that the their them then there these they this those to too under up
very was we were what when where which while who will with would you your
"""
STOPWORDS = {"swedish": frozenset(SWEDISH.split()), "english": frozenset(ENGLISH.split())}
