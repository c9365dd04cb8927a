using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Containers.Kinds;

namespace Sevensa.Dashboard.Features.Containers.Unexposing;

/// <summary>Which variable becomes which file.</summary>
/// <param name="Differs">Also where the file holds another value than the variable.</param>
internal sealed record UnexposeChoices(
    string Variable,
    string Path,
    string Key,
    string FileVariable,
    bool Differs,
    int Grace
)
{
    public static string Schema { get; } =
        $$"""
            "variable": { "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": 195, "description": "Name of the environment variable that is taken out." },
            "path": { "type": "string", "minLength": 1, "maxLength": 400, "description": "Secret below the tenant, already written and handed out by the host. Left out: service/variable." },
            "key": { "type": "string", "minLength": 1, "maxLength": 200, "description": "Key of the value in it; value when both are left out." },
            "fileVariable": { "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$", "maxLength": 200, "description": "Variable that names the file instead; the variable's name and _FILE when left out." },
            "differs": { "type": "boolean", "default": false, "description": "Also where the file holds another value on purpose." },
            {{Schemas.Grace}},
            {{Schemas.Host}}
            """;

    /// <exception cref="CannotPlanException">A value is none, or nothing says where the secret is.</exception>
    public static UnexposeChoices Of(JsonElement parameters, string tenant, string service, IKeptSecrets kept)
    {
        var variable = VariableOf(parameters);
        var usual = kept.PlaceOf(tenant, service, variable);
        var path = PlanBench.Text(parameters, "path")?.Trim('/') ?? usual?.Path;
        var key = PlanBench.Text(parameters, "key") ?? usual?.Key;
        if (path is null || key is null)
        {
            throw new CannotPlanException(
                $"The names of {variable} and {service} lead to no path in Vault. Say where the value is with the parameters path and key."
            );
        }
        var choices = new UnexposeChoices(
            variable,
            path,
            key,
            PlanBench.Text(parameters, "fileVariable") ?? variable + "_FILE",
            PlanBench.Yes(parameters, "differs"),
            parameters.GetProperty(StepVerbs.GraceSeconds).GetInt32()
        );
        return UnexposeWords.Fault(choices.In(UnexposeWords.Folder, null)) is { } fault
            ? throw new CannotPlanException($"This can't be done: {fault}")
            : choices;
    }

    public static string VariableOf(JsonElement parameters) => PlanBench.Text(parameters, "variable") ?? "";

    /// <param name="place">Folder in the container.</param>
    public UnexposeArguments In(string place, string? label) =>
        new(Variable, Path, Key, FileVariable, place, label, Differs ? true : null, Grace);
}
