//! What fields of events are called by others.

use super::looks::Look;
use super::words::Role;

/// How a field of events is known.
pub(super) struct Rule {
    /// Dotted name of the field.
    pub(super) field: &'static str,
    /// Of whom it may be; of nobody in particular counts as well, unless `is_said`.
    pub(super) roles: &'static [Role],
    /// Whether the name has to say of whom it is.
    pub(super) is_said: bool,
    /// What it is called, without white space; an empty name is that of whom it is about, alone.
    pub(super) names: &'static [&'static str],
    /// What its values look like.
    pub(super) look: Look,
    /// Whether the values alone say it, where the name says nothing.
    pub(super) by_value: bool,
    /// Whether it is for want of anything better.
    pub(super) is_later: bool,
    /// Whether several places may hold it, of which the first that has a value counts.
    pub(super) several: bool,
}

const fn rule(field: &'static str, roles: &'static [Role], look: Look, names: &'static [&'static str]) -> Rule {
    Rule {
        field,
        roles,
        is_said: false,
        names,
        look,
        by_value: false,
        is_later: false,
        several: false,
    }
}

impl Rule {
    const fn said(mut self) -> Self {
        self.is_said = true;
        self
    }

    const fn later(mut self) -> Self {
        self.is_later = true;
        self
    }

    const fn by_value(mut self) -> Self {
        self.by_value = true;
        self
    }

    const fn several(mut self) -> Self {
        self.several = true;
        self
    }
}

const LEAD: &[Role] = &[Role::Lead];
const VISIT: &[Role] = &[Role::Visit];
const REP: &[Role] = &[Role::Rep, Role::Setter];
const ANY: &[Role] = &[Role::Lead, Role::Visit];

/// The day of a visit whose time of day stands elsewhere. No field of its own here: both are joined.
pub(super) const DAY: &str = "startTime (day)";
/// The time of day of a visit whose day stands elsewhere.
pub(super) const TIME: &str = "startTime (time of day)";

/// The number of a house whose street stands elsewhere. No field of its own here: both are joined.
pub(super) const STREET_NUMBER: &str = "address.street (number)";

/// Whether a field of any kind is called so.
pub(super) fn has_name(name: &str) -> bool {
    !name.is_empty() && RULES.iter().any(|rule| rule.names.contains(&name))
}

impl Rule {
    /// Whether it is a part of when a visit is.
    pub(super) fn is_of_time(&self) -> bool {
        self.field.starts_with("startTime") || matches!(self.field, "endTime" | "durationMinutes")
    }

    /// Whether it is somebody, or a place.
    pub(super) fn is_of_lead(&self) -> bool {
        self.field.starts_with("lead.") || self.field.starts_with("address")
    }
}

/// Every field that is looked for, in the order in which they are shown; of two that fit as well the first counts.
pub(super) const RULES: &[Rule] = &[
    rule(
        "id",
        &[Role::Visit],
        Look::Id,
        &[
            "eventid",
            "submissionid",
            "responseid",
            "callid",
            "executionid",
            "recordid",
            "externalid",
            "referenceid",
            "reference",
            "ref",
            "confirmationnumber",
            "entryid",
            "id",
            "uuid",
            "guid",
            "uid",
            "number",
            "token",
        ],
    ),
    rule(
        "subject",
        &[Role::Lead],
        Look::Id,
        &[
            "pin",
            "pinid",
            "propertyid",
            "doorid",
            "dealid",
            "opportunityid",
            "subject",
        ],
    ),
    rule("subject", LEAD, Look::Id, &["id", "uuid"]).said().later(),
    rule(
        "startTime",
        VISIT,
        Look::Moment,
        &[
            "starttime",
            "start",
            "startsat",
            "startat",
            "startdatetime",
            "datetime",
            "dateandtime",
            "datetimeiso",
            "time",
            "date",
            "for",
            "from",
            "begin",
            "begins",
            "dtstart",
            "on",
            "startiso",
            "startdate",
            "timeslot",
            "datetimelocal",
            "fechahora",
            "fecha",
            "",
            "whenfrom",
            "startdateandtime",
            "starttimeiso",
            "timedate",
            "calendarstarttime",
            "when",
            "datestart",
            "nextactivitydate",
        ],
    ),
    rule(
        DAY,
        VISIT,
        Look::Day,
        &[
            "date",
            "startdate",
            "day",
            "fecha",
            "datum",
            "jour",
            "",
            "on",
            "dateofvisit",
            "when",
        ],
    ),
    rule(
        TIME,
        VISIT,
        Look::TimeOfDay,
        &[
            "time",
            "starttime",
            "hour",
            "hora",
            "uhrzeit",
            "heure",
            "start",
            "timeslot",
            "timeofday",
            "",
            "from",
        ],
    ),
    rule(
        "endTime",
        VISIT,
        Look::Moment,
        &[
            "endtime",
            "end",
            "endsat",
            "endat",
            "enddatetime",
            "until",
            "finish",
            "dtend",
            "whento",
            "endiso",
            "enddate",
            "dateend",
        ],
    ),
    rule(
        "durationMinutes",
        VISIT,
        Look::Minutes,
        &[
            "duration",
            "durationminutes",
            "minutes",
            "length",
            "lengthminutes",
            "durationmin",
            "durationmins",
            "mins",
        ],
    ),
    rule(
        "timeZone",
        ANY,
        Look::ZoneWord,
        &["timezone", "tz", "zone", "zeitzone", "timezonename", "zonahoraria"],
    ),
    rule("calendarId", VISIT, Look::Id, &["calendarid"]),
    rule(
        "calendarName",
        VISIT,
        Look::Words,
        &[
            "calendarname",
            "calendar",
            "eventtype",
            "eventtypename",
            "calendartitle",
            "calendartype",
        ],
    ),
    rule(
        "lead.firstName",
        LEAD,
        Look::Words,
        &[
            "firstname",
            "first",
            "givenname",
            "fname",
            "forename",
            "vorname",
            "prenom",
            "namefirst",
            "primernombre",
        ],
    ),
    rule(
        "lead.lastName",
        LEAD,
        Look::Words,
        &[
            "lastname",
            "last",
            "surname",
            "familyname",
            "lname",
            "nachname",
            "apellido",
            "apellidos",
            "namelast",
        ],
    ),
    rule(
        "lead.name",
        LEAD,
        Look::Words,
        &[
            "name",
            "fullname",
            "displayname",
            "nombre",
            "nombrecompleto",
            "nom",
            "namefull",
            "",
            "firstandlastname",
        ],
    ),
    rule(
        "lead.phone",
        LEAD,
        Look::Phone,
        &[
            "mobile",
            "mobilenumber",
            "mobilephone",
            "cell",
            "cellphone",
            "cellnumber",
            "phone",
            "phonenumber",
            "telephone",
            "tel",
            "telefon",
            "telefono",
            "teléfono",
            "movil",
            "móvil",
            "handy",
            "landline",
            "homephone",
            "primaryphone",
            "phone1",
            "callback",
            "callbacknumber",
            "whatsapp",
            "phonemobile",
            "bestphone",
            "homenumber",
            "workphone",
            "phoneprimary",
            "phone2",
            "secondaryphone",
            "phonee164",
            "phonenumbermobile",
            "phonefull",
        ],
    )
    .by_value()
    .several(),
    rule("lead.phone", LEAD, Look::Phone, &["number"]).said().several(),
    rule(
        "lead.email",
        LEAD,
        Look::Email,
        &[
            "email",
            "emailaddress",
            "mail",
            "correo",
            "correoelectronico",
            "emails",
            "primaryemail",
            "email1",
            "courriel",
            "contactemail",
        ],
    )
    .by_value()
    .several(),
    rule(
        "lead.consent",
        LEAD,
        Look::Answer,
        &[
            "consent",
            "smsconsent",
            "optin",
            "smsoptin",
            "consentsms",
            "tcpaconsent",
            "marketingconsent",
            "textconsent",
        ],
    ),
    rule("rep.id", REP, Look::Id, &["id", "code", "number", "userid"]).said(),
    rule("rep.email", REP, Look::Email, &["email", "emailaddress", "mail", ""]).said(),
    rule(
        "rep.name",
        REP,
        Look::Words,
        &["name", "fullname", "displayname", "", "to", "username"],
    )
    .said(),
    rule("title", VISIT, Look::Words, &["title", "titulo", "betreff"]),
    rule(
        "description",
        ANY,
        Look::Words,
        &[
            "description",
            "reason",
            "details",
            "service",
            "servicetype",
            "project",
            "projecttype",
            "issue",
            "interest",
            "interestedin",
            "problem",
            "product",
            "servicerequested",
            "damage",
            "damagetype",
        ],
    ),
    rule(
        "notes",
        ANY,
        Look::Words,
        &[
            "notes",
            "note",
            "comments",
            "comment",
            "remarks",
            "memo",
            "doornotes",
            "doornote",
            "repnotes",
            "summary",
            "message",
            "additionalinformation",
            "anythingelse",
            "notas",
            "bemerkung",
            "callsummary",
            "setternotes",
            "anythingelseknow",
            "anythingelsewknow",
            "additionalnotes",
            "specialinstructions",
            "transcriptsummary",
        ],
    ),
    rule(
        "address.street",
        ANY,
        Look::Any,
        &[
            "street",
            "street1",
            "streetaddress",
            "address1",
            "addressline1",
            "line1",
            "calle",
            "strasse",
            "addressstreet",
            "addressstreet1",
            "addressaddress1",
            "propertystreet",
            "streetline1",
            "addrline1",
            "streetname",
        ],
    ),
    rule(
        STREET_NUMBER,
        ANY,
        Look::Any,
        &["streetnumber", "housenumber", "streetno", "houseno", "hausnummer"],
    ),
    rule(
        "address.unit",
        ANY,
        Look::Any,
        &[
            "unit",
            "apt",
            "apartment",
            "suite",
            "address2",
            "addressline2",
            "line2",
            "addressunit",
            "unitnumber",
            "addressapt",
            "street2",
            "streetline2",
            "streetaddress2",
            "addrline2",
            "aptnumber",
            "aptsuite",
            "addressstreet2",
            "addressaddress2",
        ],
    ),
    rule(
        "address.city",
        ANY,
        Look::Words,
        &[
            "city",
            "town",
            "ciudad",
            "stadt",
            "ville",
            "addresscity",
            "propertycity",
        ],
    ),
    rule(
        "address.state",
        ANY,
        Look::Words,
        &[
            "state",
            "province",
            "region",
            "estado",
            "stateprovince",
            "statecode",
            "addressstate",
            "propertystate",
            "statetext",
        ],
    ),
    rule("address.state", ANY, Look::TwoLetters, &["st"]),
    rule(
        "address.postalCode",
        ANY,
        Look::Any,
        &[
            "zip",
            "zipcode",
            "postalcode",
            "postal",
            "postcode",
            "plz",
            "codigopostal",
            "addresszip",
            "addresszipcode",
            "addresspostalcode",
            "propertyzip",
            "zippostalcode",
        ],
    ),
    rule(
        "address.country",
        ANY,
        Look::Words,
        &[
            "country",
            "countrycode",
            "pais",
            "land",
            "addresscountry",
            "addresscountrycode",
        ],
    ),
    rule(
        "address",
        ANY,
        Look::Words,
        &[
            "address",
            "fulladdress",
            "formattedaddress",
            "addressline",
            "propertyaddress",
            "serviceaddress",
            "siteaddress",
            "homeaddress",
            "direccion",
            "adresse",
            "addressfull",
            "addressformatted",
            "location",
            "place",
            "jobaddress",
        ],
    ),
];
