"""Requests to the help desk of an office, each with two labels: the department and its topic."""

import random

from tests.planted.kinds.grammar import distinct, lines, say, sentence, words

LISTS = {
    "room": words(
        "room 12, the canteen, the reception, the archive, meeting room B, the third floor, the workshop, the car park,"
        "the east wing, the lab"
    ),
    "who": words(
        "Mrs Okafor, the new trainee, our director, Mr Lindqvist, the night shift, the auditors, our guests from Lisbon,"
        "Dr Haddad, the cleaners, the board, Ms Petrov, the interns, the works council, our supplier"
    ),
    "when": words(
        "since Monday, since the move, from next week, as of Thursday, since the holidays, until the audit,"
        "before lunch, after the fire drill, this afternoon, twice this week, every morning, since the power cut,"
        "by the end of May"
    ),
    "team": words("sales, purchasing, logistics, legal, marketing, research, payroll, quality, design, the front office, training, export"),
    "end": lines(
        """
        Please tell {who} as well.
        {team} is waiting for it.
        It can wait until {who} is back.
        I sit in {room}.
        Ask {who} for the details.
        This is for {team}.
        We need it {when}.
        Come by {room} any time.
        """
    ),
}
TOPICS: dict[tuple[str, str], tuple[str, ...]] = {
    ("IT", "Printer"): lines(
        """
        the printer in {room} pulls in three sheets at once {when}
        toner is spread over every page that {who} prints {when}
        nothing comes out of the printer that {team} shares in {room}
        the scanner on top of the printer sends its scans to {who} instead of {team}
        a paper jam in the printer of {room} cannot be cleared by {who}
        the printer queue of {team} shows forty jobs and prints none {when}
        """
    ),
    ("IT", "Network"): lines(
        """
        the wireless signal in {room} drops out {when}
        the VPN disconnects {who} from the server {when}
        the internet connection in {room} is slower than a modem {when}
        no network socket in {room} has a signal {when}
        video calls of {team} stutter because the wireless router in {room} restarts
        the shared drive cannot be reached over the VPN by {who}
        """
    ),
    ("IT", "Software"): lines(
        """
        the spreadsheet program needs a licence for {who} {when}
        please install the drawing program on the laptop of {who}
        the mail program asks {who} for an update licence {when}
        the time recording program shows {team} the wrong menu {when}
        {team} cannot open files of the old program version {when}
        the plug-in that {team} installed makes the program crash {when}
        """
    ),
    ("Facilities", "Heating"): lines(
        """
        the radiator in {room} stays cold {when}
        it is twenty-eight degrees in {room} and the thermostat does nothing {when}
        the air conditioning blows icy air onto {who} in {room}
        the radiator valve in {room} hisses {when}
        please turn the heating in {room} down before {who} faints
        the thermostat of {room} shows nine degrees {when}
        """
    ),
    ("Facilities", "Cleaning"): lines(
        """
        the bins in {room} have not been emptied {when}
        somebody spilled soup on the carpet of {room} and it needs a wash
        the windows of {room} are so dirty that {who} complained {when}
        the soap in the washroom beside {room} has run out {when}
        dust lies thick on the shelves of {room} {when}
        please have the carpet in {room} vacuumed before {who} arrives
        """
    ),
    ("Facilities", "Keys"): lines(
        """
        {who} needs a key to {room} {when}
        the badge of {who} does not open the door of {room} {when}
        the lock of {room} sticks and the key bends {when}
        I left my badge at home and the door to {room} stays shut
        please return the key of {room} that {who} lent to {team}
        a spare key for {room} is missing from the cabinet {when}
        """
    ),
    ("Personnel", "Leave"): lines(
        """
        {who} wants two weeks of holiday {when} and asks whether it clashes with {team}
        how many days of leave does {who} have left this year
        may {who} carry five holiday days over into next year
        I should like unpaid leave {when} to look after my mother
        parental leave for {who} begins {when} and {team} needs a stand-in
        the holiday calendar of {team} lists {who} as absent {when}
        """
    ),
    ("Personnel", "Pay"): lines(
        """
        the payslip of {who} lacks the overtime of {team} {when}
        my salary arrived late and the payslip names a wrong tax class {when}
        the bonus for {team} is missing from the salary {when}
        travel expenses of {who} were not paid with the salary {when}
        overtime on Sundays is paid at which rate for {team}
        please send the payslip of {who} to the new bank {when}
        """
    ),
    ("Personnel", "Training"): lines(
        """
        {who} would like to attend the first-aid course {when}
        is there a language course that {team} may join {when}
        the seminar on negotiation was cancelled for {who} {when}
        who enrols {team} in the forklift course {when}
        the certificate of the safety seminar has not reached {who} {when}
        a coach for presentation skills is wanted by {team} {when}
        """
    ),
}


def topics(n: int, seed: int) -> list[dict[str, str]]:
    """Rows with the request, the department and the topic."""
    draw = random.Random(seed)
    pairs = list(TOPICS)

    def make(at: int) -> dict[str, str]:
        department, topic = pairs[at % len(pairs)]
        first, second = draw.sample(TOPICS[department, topic], 2)
        core = f"{sentence(say(first, LISTS, draw))}."
        if draw.random() < 0.4:
            core += f" Besides, {say(second, LISTS, draw)}."
        if draw.random() < 0.7:
            core += " " + sentence(say(draw.choice(LISTS["end"]), LISTS, draw))
        return {"request": core, "department": department, "topic": topic}

    rows = distinct(n, make, lambda row: row["request"], most=0.55)
    draw.shuffle(rows)
    return rows
