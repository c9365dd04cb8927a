using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Start;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant.Examination;

/// <summary>Examines a model from the console, keeps the result and prints the report.</summary>
internal sealed class ExamCommand(
    ExamDesk desk,
    ChatModels models,
    StoreMigration migration,
    IOptions<OllamaOptions> options
) : IProgramCommand
{
    private static readonly Option<string?> Model = CommandLines.Valued(
        "--model",
        "NAME",
        "As its server names it; one of Ollama:Model and Ollama:Models, or another of the server of Ollama:Url.",
        required: true
    );

    public static Command Command { get; } =
        new("exam", "Examines a chat model: what it may propose is what its result allows.") { Model };

    public Command Syntax => Command;

    public async Task<int> RunAsync(ParseResult line, CancellationToken cancellation)
    {
        var name = line.ValueOf(Model)!;
        var model = models.OfMainServer(name);
        if (!model.IsConfigured)
        {
            throw new CommandException("No chat model is configured. Set Ollama:Url, such as http://127.0.0.1:11434.");
        }
        await migration.ApplyAsync(cancellation);
        Console.WriteLine($"{model.ModelName} is examined ({options.Value.Protocol} at {options.Value.Url}).");
        ExamView exam;
        try
        {
            exam = await desk.ExamineAsync(
                model,
                (one, total) =>
                    Console.WriteLine(
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"{one.Number, 3}/{total} {(one.Passed ? "passed" : "FAILED")} {one.Area}: {one.Name} ({one.Seconds:0.0} s){(one.Why is null ? "" : $"\n        {one.Why}")}"
                        )
                    ),
                cancellation
            );
        }
        catch (UpstreamException failed)
        {
            throw new CommandException(failed.Told);
        }
        catch (ExamUnderWayException busy)
        {
            throw new CommandException(busy.Message);
        }
        if (exam.State != ExamState.Ended)
        {
            throw new CommandException($"The examination came to no result. {exam.Note}");
        }
        Console.WriteLine();
        foreach (var area in exam.Areas)
        {
            Console.WriteLine($"  {area.Title, -42} {area.Passed} of {area.Total}");
        }
        Console.WriteLine();
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{exam.Passed} of {exam.Total} cases passed ({exam.Score:0.#} %). {model.ModelName} {(exam.HighestRisk == "none" ? "may only read" : $"may propose up to {exam.HighestRisk} risk")}."
            )
        );
        Console.WriteLine(
            $"Model {exam.Digest ?? "(its server tells no digest)"}, {exam.Server ?? "server"} {exam.ServerVersion}."
        );
        return 0;
    }
}
