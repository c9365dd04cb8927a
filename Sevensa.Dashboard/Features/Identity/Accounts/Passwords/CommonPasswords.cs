namespace Sevensa.Dashboard.Features.Identity.Accounts.Passwords;

/// <summary>The list of passwords that are tried first, as it lies in the program. Read when somebody chooses one, and not kept.</summary>
internal static class CommonPasswords
{
    private const string Resource = "common-passwords";

    public static bool Any(Func<string, bool> isMeant)
    {
        using var stream =
            typeof(CommonPasswords).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException("The list of common passwords is not in the program.");
        using var lines = new StreamReader(stream);
        while (lines.ReadLine() is { } line)
        {
            if (!line.StartsWith('#') && isMeant(line))
            {
                return true;
            }
        }
        return false;
    }
}
