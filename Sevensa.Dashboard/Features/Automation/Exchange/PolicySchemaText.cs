using System.Globalization;

namespace Sevensa.Dashboard.Features.Automation.Exchange;

internal sealed partial class PolicySchema
{
    private const string Duration = """{"$ref": "#/$defs/duration"}""";

    private static string Whole =>
        string.Create(
            CultureInfo.InvariantCulture,
            $$$"""
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "title": "Policy",
              "description": "What is done when something holds, within bounds.",
              "type": "object",
              "required": ["tenant", "name", "trigger", "action"],
              "additionalProperties": false,
              "properties": {
                "tenant": {"type": "string", "minLength": 1, "description": "Whose services it is about."},
                "name": {"type": "string", "minLength": 1, "maxLength": {{{PolicyReading.LongestName}}}},
                "text": {"type": "string", "maxLength": 1000, "description": "The sentence that it was read from."},
                "unread": {"type": "array", "maxItems": 100, "items": {"type": "string", "minLength": 1, "maxLength": 1000}, "description": "What of that sentence was not understood: with any it can't be enforced. Take it out once the rest says what is meant."},
                "services": {"type": "array", "maxItems": {{{PolicyReading.MostServices}}}, "items": {"type": "string", "minLength": 1}, "description": "For which it holds; none: all of the tenant."},
                "trigger": {
                  "type": "object",
                  "required": ["kind"],
                  "additionalProperties": false,
                  "properties": {
                    "kind": {"enum": ["metric", "logs", "container", "alert", "schedule", "certificate", "disk", "watch", "forecast", "host"]},
                    "query": {"type": "string", "maxLength": {{{PolicyReading.LongestQuery}}}, "description": "metric: PromQL that compares with something; forecast: PromQL of the load; logs: LogQL that selects lines."},
                    "above": {"type": "number", "minimum": 0, "description": "logs: more lines than these."},
                    "within": {{{Duration}}},
                    "state": {"enum": ["unhealthy", "crashLoop", "outOfMemory", "stopped"], "description": "container: how it is, or what it went through."},
                    "count": {"type": "integer", "minimum": 1, "maximum": 1000, "description": "crashLoop: so many restarts."},
                    "alert": {"type": "string", "minLength": 1, "maxLength": 200, "description": "alert: its name."},
                    "cron": {"type": "string", "minLength": 1, "maxLength": 100, "description": "schedule: minute, hour, day, month, day of the week."},
                    "timeZone": {"type": "string", "maxLength": 64},
                    "scale": {
                      "type": "object",
                      "required": ["perReplica", "max"],
                      "additionalProperties": false,
                      "description": "forecast: how many containers the load wants.",
                      "properties": {
                        "perReplica": {"type": "number", "exclusiveMinimum": 0, "description": "The load that one carries."},
                        "min": {"type": "integer", "minimum": 1},
                        "max": {"type": "integer", "minimum": 1},
                        "ahead": {{{Duration}}},
                        "days": {"type": "integer", "minimum": 1, "description": "Of the past that it is made from."},
                        "season": {"enum": ["1d", "7d"]},
                        "slack": {"type": "number", "minimum": 0, "maximum": 1}
                      }
                    },
                    "words": {"type": "string", "maxLength": {{{PolicyReading.LongestWords}}}, "description": "What it looks at, for people."}
                  }
                },
                "conditions": {
                  "type": "array",
                  "maxItems": {{{PolicyReading.MostConditions}}},
                  "description": "PromQL that must hold besides, at the moment of acting.",
                  "items": {
                    "type": "object",
                    "required": ["query"],
                    "additionalProperties": false,
                    "properties": {
                      "query": {"type": "string", "minLength": 1, "maxLength": {{{PolicyReading.LongestQuery}}}},
                      "words": {"type": "string", "maxLength": {{{PolicyReading.LongestWords}}}}
                    }
                  }
                },
                "action": {
                  "type": "object",
                  "required": ["kind"],
                  "additionalProperties": false,
                  "properties": {
                    "kind": {"enum": []},
                    "target": {"type": "string", "minLength": 1, "maxLength": 300, "description": "Left out: the service that the trigger holds for."},
                    "parameters": {"type": "object"}
                  }
                },
                "for": {"$ref": "#/$defs/duration", "description": "So long the trigger must hold on end."},
                "cooldown": {"$ref": "#/$defs/duration", "description": "So long it leaves a service alone after it acted."},
                "rearm": {"$ref": "#/$defs/duration", "description": "So long the trigger must be over on end before it acts there again."},
                "budget": {
                  "type": "object",
                  "additionalProperties": false,
                  "properties": {
                    "perHour": {"type": "integer", "minimum": 1, "maximum": 20},
                    "perDay": {"type": "integer", "minimum": 1, "maximum": 100}
                  }
                },
                "windows": {
                  "type": "object",
                  "additionalProperties": false,
                  "properties": {
                    "timeZone": {"type": "string", "maxLength": 64},
                    "allowed": {"$ref": "#/$defs/windows", "description": "None: at any time."},
                    "forbidden": {"$ref": "#/$defs/windows", "description": "Goes before what is allowed."}
                  }
                },
                "outcome": {
                  "type": "object",
                  "additionalProperties": false,
                  "description": "It was good when the action succeeded, and the trigger holds no more after this time.",
                  "properties": {
                    "within": {{{Duration}}},
                    "cleared": {"type": "boolean", "description": "false: that the action succeeded is enough."}
                  }
                },
                "stop": {
                  "type": "object",
                  "additionalProperties": false,
                  "description": "When it goes back to shadow by itself.",
                  "properties": {
                    "afterBadOutcomes": {"type": "integer", "minimum": 1, "maximum": 10},
                    "whenBudgetSpent": {"enum": ["demote", "wait"]}
                  }
                },
                "agreements": {"type": "integer", "minimum": {{{PolicyDefinition.FewestAgreements}}}, "maximum": {{{PolicyReading.MostAgreements}}}, "description": "So often people must have done the same, in shadow, before it may be enforced."},
                "upTo": {"enum": ["low", "medium"], "description": "What is of a higher risk is proposed and waits for a person."}
              },
              "$defs": {
                "duration": {"type": "string", "pattern": "^(0|(?=[0-9])([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?)$", "description": "Such as 90s, 10m, 1h30m or 2d."},
                "time": {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"},
                "windows": {
                  "type": "array",
                  "maxItems": {{{PolicyReading.MostWindows}}},
                  "items": {
                    "type": "object",
                    "required": ["from", "to"],
                    "additionalProperties": false,
                    "properties": {
                      "days": {"type": "array", "items": {"enum": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]}, "description": "On which it opens; none: every day."},
                      "from": {"$ref": "#/$defs/time"},
                      "to": {"$ref": "#/$defs/time", "description": "At or before from it is a time of the next day."}
                    }
                  }
                }
              }
            }
            """
        );
}
