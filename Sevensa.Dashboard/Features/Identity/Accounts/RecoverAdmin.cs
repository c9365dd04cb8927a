using System.CommandLine;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Start;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Identity.Accounts;

/// <summary>The command for an administrator who can't get in any more. Whoever can run it on the host may.</summary>
internal sealed class RecoverAdmin(
    StoreMigration migration,
    AccountDesk accounts,
    IConfiguration configuration,
    PublicAddress set
) : IProgramCommand
{
    private static readonly Option<string?> Account = CommandLines.Valued("--name", "NAME", "Whose account.", true);
    private static readonly Option<bool> PasswordStdin = new("--password-stdin")
    {
        Description = "Reads the new password from the first line of the input; else a link is printed.",
    };

    public static Command Command { get; } =
        new("recover-admin", "Makes an account an administrator's and gives it a new password.")
        {
            Account,
            PasswordStdin,
        };

    public Command Syntax => Command;

    public async Task<int> RunAsync(ParseResult line, CancellationToken cancellation)
    {
        var name = line.ValueOf(Account)!;
        await migration.ApplyAsync(cancellation);
        try
        {
            var (person, token) = await accounts.RecoverAsync(name, cancellation);
            if (line.GetValue(PasswordStdin))
            {
                var password = await Console.In.ReadLineAsync(cancellation) ?? "";
                await accounts.SetPasswordAsync(token, password, cancellation);
                Console.WriteLine($"{person.UserName} is an administrator with the password that was given.");
                return 0;
            }
            var address = set.Set ?? configuration["urls"]?.Split(';')[0] ?? "http://localhost:5000";
            Console.WriteLine(
                $"{person.UserName} is an administrator and chooses a password here (works once, for 24 hours):"
            );
            Console.WriteLine($"  {address.TrimEnd('/')}/set-password?token={token}");
            return 0;
        }
        catch (Exception exception) when (exception is AccountException or TextTooLongException)
        {
            throw new CommandException(exception.Message);
        }
    }
}
