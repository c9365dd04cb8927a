using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Proof.Trials;

/// <summary>Signs in as a tenant does and tries what must fail, in every database that lets it in.</summary>
internal sealed class TenantTrial(ProofGround ground, PostgresDoor door, TrialLogin login)
{
    private readonly AttemptBook book = new(login.Tenant);

    public async Task<IReadOnlyList<Attempt>> RunAsync(CancellationToken cancellation)
    {
        try
        {
            await using var connection = await door.ConnectAsync(
                ground.Instance,
                login.Role,
                login.Password,
                login.Database,
                readOnly: false,
                cancellation
            );
            AddSignIn(AttemptOutcome.Held, "Signed in as the tenant's services do.");
            await TryAsync(connection, cancellation);
            SumUp();
        }
        catch (Exception exception)
            when (PostgresFaults.Translate(ground.Instance, login.Role, exception, cancellation) is { } fault)
        {
            AddSignIn(
                AttemptOutcome.NotTried,
                $"{fault.Told} {(book.Attempts.Count == 0 ? "Nothing was tried." : "What was not tried before that is not known.")}"
            );
        }
        return book.Attempts;
    }

    private async Task TryAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var roles = await RoleSeen.AllAsync(connection, login.Role, ground.Major, cancellation);
        var who = TrialIdentity.Of(ground, login, login.Role, roles);
        var session = new TrialSession(ground, login, login.Database, connection, who, book, cancellation);
        await PasswordTrial.WithoutPasswordAsync(session, door, cancellation);
        if (RoleTrial.Attributes(session, roles))
        {
            return;
        }
        await RoleTrial.MembershipAsync(session, roles);
        await ServerTrial.ActivityAsync(session);
        await ServerTrial.SettingsAsync(session);
        await SampleTrial.RunAsync(session);
        await DatabaseTrial.RunAsync(session, roles);
        await new OtherDatabaseTrial(ground, door, login, book, cancellation).RunAsync(session, roles);
    }

    /// <summary>A line for each kind of which nothing worked, with how much it stands for.</summary>
    private void SumUp()
    {
        var others = ground.Owners.Tenants.Count(other => other != login.Tenant);
        var schemas = ground.Owners.SchemasIn(login.Database).Count(one => one.Tenant != login.Tenant);
        foreach (
            var kind in AttemptKinds.Tried.Where(kind =>
                !book.HasLeak(kind) && (kind != AttemptKinds.Passwords || login.Password is not null)
            )
        )
        {
            book.Add(
                kind,
                null,
                login.Database,
                "",
                "",
                AttemptOutcome.Held,
                kind is AttemptKinds.Tables or AttemptKinds.Sequences
                    ? $"Nothing of {schemas} other {(schemas == 1 ? "schema" : "schemas")} in this database may be reached."
                    : $"Nothing of {others} other {(others == 1 ? "tenant" : "tenants")} on this instance was reached."
            );
        }
    }

    private void AddSignIn(AttemptOutcome outcome, string words) =>
        book.Add(AttemptKinds.SignIn, null, login.Database, login.Role, "", outcome, words);
}
