// Shows each time marked data-clock as the visitor's own clock does. Without this script it is in the time zone that is
// named beside it.
"use strict";

const FORMS = {
  moment: { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  instant: {
    day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    timeZoneName: "short",
  },
};
const pageLanguage = document.documentElement.lang;
const dateLanguage = pageLanguage === "en" ? "en-GB" : pageLanguage;

for (const element of document.querySelectorAll("time[data-clock]")) {
  const moment = new Date(element.dateTime);
  if (!Number.isNaN(moment.getTime())) {
    element.textContent = new Intl.DateTimeFormat(dateLanguage, FORMS[element.dataset.clock]).format(moment);
  }
}
