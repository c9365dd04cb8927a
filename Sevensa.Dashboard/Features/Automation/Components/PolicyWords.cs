using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Automation.Components;

/// <summary>How pages say and shade what becomes of policies.</summary>
internal static class PolicyWords
{
    public static State Shade(PolicyStage stage) =>
        stage switch
        {
            PolicyStage.Enforced => State.Ok,
            PolicyStage.Shadow => State.Info,
            _ => State.Unknown,
        };

    public static State Shade(PolicyVerdict verdict) =>
        verdict switch
        {
            PolicyVerdict.Acted => State.Ok,
            PolicyVerdict.WouldAct or PolicyVerdict.Begun or PolicyVerdict.Proposed => State.Info,
            PolicyVerdict.Failed or PolicyVerdict.Demoted => State.Crit,
            PolicyVerdict.Missing => State.Unknown,
            _ => State.Warn,
        };

    public static string Of(PolicyVerdict verdict) =>
        verdict switch
        {
            PolicyVerdict.WouldAct => "would act",
            PolicyVerdict.Begun => "sets about it",
            PolicyVerdict.Acted => "acted",
            PolicyVerdict.Proposed => "proposed",
            PolicyVerdict.Held => "held back",
            PolicyVerdict.Missing => "data missing",
            PolicyVerdict.Failed => "failed",
            PolicyVerdict.Missed => "people did it alone",
            _ => "demoted",
        };

    public static string Of(ShadowAgreement agreement) =>
        agreement switch
        {
            ShadowAgreement.Same => "people did the same",
            ShadowAgreement.Other => "people did something else",
            _ => "people did nothing",
        };

    public static string Of(OutcomeVerdict outcome) =>
        outcome switch
        {
            OutcomeVerdict.Good => "it helped",
            OutcomeVerdict.Bad => "it did not help",
            _ => "what came of it can't be told",
        };

    /// <summary>Whether this is an answer to what somebody asked for, whose words can be shown as they are.</summary>
    public static bool IsTold(Exception exception) =>
        exception
            is UnfitPolicyException
                or PolicyConflictException
                or UnknownPolicyException
                or UnreadSentenceException
                or UnknownTenantException
                or ForbiddenException
                or CannotPlanException
                or QueryRefusedException
                or TextTooLongException
                or UpstreamException;
}
