// Books a visit with GHL's own SDK: against `knock emulator` or, without GHL_BASE_URL, against GHL itself.
import { HighLevel } from "@gohighlevel/api-client";

const { GHL_BASE_URL, GHL_TOKEN, GHL_LOCATION } = process.env;
// The SDK has no option for another server.
if (GHL_BASE_URL) HighLevel.BASE_URL = GHL_BASE_URL;
const ghl = new HighLevel({ privateIntegrationToken: GHL_TOKEN });
const locationId = GHL_LOCATION;

const { calendars } = await ghl.calendars.getCalendars({ locationId });
const [calendar] = calendars;
console.log(`${calendars.length} calendars; the first is ${calendar.name}`);

const day = 24 * 60 * 60 * 1000;
const startDate = Date.now();
const free = await ghl.calendars.getSlots({ calendarId: calendar.id, startDate, endDate: startDate + 14 * day });
// A trace id stands beside the days.
const [slot] = Object.values(free).flatMap((of) => of.slots ?? []);
if (!slot) throw new Error("no slot is free in the next fourteen days");
console.log(`free: ${slot}`);

const lead = { locationId, firstName: "Ann", lastName: "Lee", phone: "+15125550142" };
const { contact } = await ghl.contacts.upsertContact(lead);
console.log(`contact: ${contact.firstName} ${contact.lastName}, ${contact.phone}`);

const { id: eventId } = await ghl.calendars.createAppointment({
  calendarId: calendar.id,
  locationId,
  contactId: contact.id,
  startTime: slot,
  toNotify: false,
});
// The answer is in `appointment`; the SDK's types call it `event`.
const { appointment } = await ghl.calendars.getAppointment({ eventId });
console.log(`booked: ${appointment.title} at ${appointment.startTime}, ${appointment.appointmentStatus}`);

const cancelled = await ghl.calendars.editAppointment({ eventId }, { appointmentStatus: "cancelled", toNotify: false });
console.log(`now: ${cancelled.appointmentStatus}`);
