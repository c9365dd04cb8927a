using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Protocol;

/// <summary>A secret that a container has in its environment and is to have as a file. The value is in none of this.</summary>
/// <param name="Variable">That is taken out of its environment.</param>
/// <param name="Path">Of the secret below the tenant; one that the host's runner hands out.</param>
/// <param name="Key">Of the value in it, and the name of its file.</param>
/// <param name="FileVariable">Says in the variable's place where the file is.</param>
/// <param name="Place">Folder in the container where the secret's files are, below <see cref="UnexposeWords.Folder"/> unless they are there already.</param>
/// <param name="Label">Label that says from then on that it uses the secret; null where one says so already.</param>
/// <param name="Differs">Also where the file holds another value than the variable.</param>
public sealed record UnexposeArguments(
    string Variable,
    string Path,
    string Key,
    string FileVariable,
    string Place,
    string? Label = null,
    bool? Differs = null,
    int? GraceSeconds = null,
    int? WithinSeconds = null,
    int? SteadySeconds = null
);

/// <summary>What can be a variable, a path and a folder of a secret that becomes a file.</summary>
public static partial class UnexposeWords
{
    /// <summary>Where images look for secrets as files.</summary>
    public const string Folder = "/run/secrets";

    /// <summary>What is wrong with the arguments by themselves, in words; null when nothing is.</summary>
    public static string? Fault(UnexposeArguments wanted) =>
        !IsVariable(wanted.Variable) ? $"\"{wanted.Variable}\" is no name of a variable."
        : !IsVariable(wanted.FileVariable) || wanted.FileVariable == wanted.Variable
            ? $"\"{wanted.FileVariable}\" is no name of another variable."
        : !IsPath(wanted.Path) ? $"\"{wanted.Path}\" is no path of a secret that can be handed out."
        : !SecretMounts.IsPlain(wanted.Key) ? $"\"{wanted.Key}\" is no key that can be the name of a file."
        : !HardenWords.IsFolder(wanted.Place) ? $"\"{wanted.Place}\" is no folder of a container."
        : wanted.Label is { } label
        && !(
            label.StartsWith(SecretLabels.Prefix, StringComparison.Ordinal)
            && SecretMounts.IsPlain(label[SecretLabels.Prefix.Length..])
            && !label.EndsWith(SecretLabels.OnChange, StringComparison.Ordinal)
        )
            ? $"\"{label}\" is no label of a secret."
        : null;

    /// <summary>A variable that a shell knows too.</summary>
    public static bool IsVariable(string text) => Variable().IsMatch(text);

    /// <summary>Each part of which can be a folder.</summary>
    public static bool IsPath(string text) => text.Split('/').All(SecretMounts.IsPlain);

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]{0,199}\z")]
    private static partial Regex Variable();
}
