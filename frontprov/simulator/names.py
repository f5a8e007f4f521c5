# ruff: noqa: RUF001 - names as people write them
"""The words tenants are made of; picked to be awkward in the ways real directories are."""

PEOPLE = (
    ("Ada", "Lovelace"), ("Seán", "O'Brien"), ("José", "Núñez"), ("Łukasz", "Żółkiewski"), ("Zoë", "van der Berg"),
    ("민준", "김"), ("Søren", "Kjærgaard"), ("Мария", "Иванова"), ("محمد", "الأحمد"), ("Anne-Marie", "D'Angelo"),
    ("太郎", "山田"), ("Nguyễn", "Thị Minh"), ("Jürgen", "Größmann"), ("Grace", "Hopper"), ("Ιωάννης", "Παπαδόπουλος"),
    ("Siobhán", "Ní Dhomhnaill"), ("Priya", "Raghunathan"), ("Björk", "Guðmundsdóttir"), ("Çağla", "Yıldız"),
    ("Olu", "Adébáyọ̀"), ("Mia", "Müller-Lüdenscheidt"), ("X Æ", "Musk"), ("שרה", "כהן"), ("Kim", "St. John"),
)  # fmt: skip
NEW_SURNAMES = ("Okonkwo", "O'Shea", "Fernández-Ruiz", "Смирнова", "d'Arc", "Ó Súilleabháin", "佐藤", "Weiß")
NEW_DISPLAY_NAMES = (
    '{given} "Ace" {surname}', "{surname}, {given} (she/her)", "李 小龍", "{given} + {surname} & Co.",
    "{given} ’{surname}’", "Zoë 🚀 {surname}", r"CORP\{surname}", "إلياس الخوري", "{given}  {surname} [ext]",
)  # fmt: skip
DEPARTMENTS = ("Support", "Sales", "Finance & Legal", "R&D", "Produktentwicklung", "人事部", 'Ops "24/7"', "Marketing")
TITLES = ("Agent", "Team lead", "Head of Customer Care", "Ingénieur·e", "Buchhalter (m/w/d)", "VP, Sales & Service")
LANGUAGES = ("en-US", "fr-FR", "de-DE", "ja-JP", "pt-BR")
OFFICES = (
    ("18/2111", "1 Harbour Street", "Dublin", None, "D02 XY45", "Ireland"),
    ("Turm B, 4. OG", "Große Straße 12", "München", "Bayern", "80331", "Germany"),
    ("HQ", "1455 Market Street", "San Francisco", "CA", "94103", "United States"),
    ("Étage 3", "5 rue de l'Église", "Montréal", "QC", "H2Y 1A1", "Canada"),
    ("本社", "丸の内1-1-1", "東京", None, "100-0005", "Japan"),
)
GROUPS = (
    "Support Tier 1", "Support Tier 2", "Sales EMEA", "Équipe Québec", "R&D + Lab", 'The "A" Team', "営業部",
    "Finance/Legal", "Night shift (24x7)", "On-call 100%", r"Ops\Infra", "VIP desk, Dublin", "O'Connell Street",
)  # fmt: skip
DESCRIPTIONS = (
    "First line: answers within the hour.",
    'Says "hello" in 12 languages; asks for help in one.',
    "Für alle Fälle – auch nachts.",
    "Escalations > 2 days, refunds < 100 €",
    "顧客対応チーム",
)
