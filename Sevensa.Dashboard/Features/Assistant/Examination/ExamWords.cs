using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Assistant.Examination;

/// <summary>Results in the words and colours of the pages.</summary>
internal static class ExamWords
{
    public static string State(ExamView exam) =>
        exam.State switch
        {
            ExamState.Running => "Under way",
            ExamState.Ended => "Ended",
            ExamState.Failed => "Broken off",
            _ => "Cancelled",
        };

    public static string Highest(string risk) =>
        risk switch
        {
            "none" => "Only reads",
            "low" => "Low risk",
            "medium" => "Up to medium risk",
            _ => "Any risk",
        };

    public static State Mark(string risk) => risk == "none" ? Ui.State.Warn : Ui.State.Ok;
}
