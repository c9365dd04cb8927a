using Microsoft.AspNetCore.Mvc;
using Sevensa.Dashboard.Features.Alerts.Incidents;
using Sevensa.Dashboard.Features.Alerts.Intake;
using Sevensa.Dashboard.Features.Alerts.Objectives;
using Sevensa.Dashboard.Features.Alerts.Rules;
using Sevensa.Dashboard.Features.Alerts.Silences;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Alerts;

/// <summary>This feature's errors as problem details.</summary>
internal sealed class AlertProblems : IProblemSource
{
    public ProblemDetails? For(Exception exception) =>
        exception switch
        {
            UnreadableMessageException => Problem(400, "The message can't be read", exception),
            UnknownAlertException => Problem(404, "No such alert", exception),
            UnfitAlertEndException => Problem(422, "It can't be called over so", exception),
            UnfitSilenceException => Problem(422, "That can't be silenced so", exception),
            UnknownSilenceException => Problem(404, "No such silence", exception),
            UnfitRuleException => Problem(422, "That can't be a rule", exception),
            UnfitObjectiveException => Problem(422, "That can't be an objective", exception),
            UnknownObjectiveException => Problem(404, "No such objective", exception),
            UnfitIncidentException => Problem(422, "That can't be entered so", exception),
            UnknownIncidentException => Problem(404, "No such incident", exception),
            _ => null,
        };

    private static ProblemDetails Problem(int status, string title, Exception exception) =>
        new()
        {
            Status = status,
            Title = title,
            Detail = exception.Message,
        };
}
