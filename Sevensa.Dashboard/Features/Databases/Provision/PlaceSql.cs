using System.Globalization;
using Sevensa.Dashboard.Features.Databases.Postgres;

namespace Sevensa.Dashboard.Features.Databases.Provision;

/// <summary>The statements that make a tenant's place and take it away. Every name in them is quoted.</summary>
internal static class PlaceSql
{
    /// <summary>Connections that the owner may hold: it is there for migrations.</summary>
    private const int OwnersConnections = 3;

    /// <summary>Marks roles that were made and are not ready.</summary>
    public const string Unfinished = "sevensa.unfinished";

    /// <summary>By which what an action made is known as its.</summary>
    public static string MarkOf(string action) => $"sevensa.action={action}";

    /// <summary>Makes the administrative role a member of the owner, which dropping what is the owner's takes.</summary>
    public static string Join(TenantPlace place) => $"grant {Quoted(place.Owner)} to current_user";

    /// <summary>The two roles, which can't sign in yet.</summary>
    public static IEnumerable<string> Roles(TenantPlace place, string tenant, string proposal)
    {
        var (owner, login) = Names(place);
        var mark = Literal($"sevensa.tenant={tenant} {MarkOf(proposal)} {Unfinished}");
        yield return Text($"create role {owner} nologin connection limit {OwnersConnections}");
        yield return Text($"create role {login} nologin connection limit {place.Connections}");
        yield return $"comment on role {owner} is {mark}";
        yield return $"comment on role {login} is {mark}";
        // What is made as the owner, or given to it, takes being a member of it; taken back at the end.
        yield return Join(place);
    }

    public static string CreateDatabase(TenantPlace place) =>
        $"create database {Quoted(place.Database)} owner {Quoted(place.Owner)}";

    /// <summary>Schema or database, rights and limits; in one transaction with <see cref="Ready"/>.</summary>
    /// <param name="reader">The role that looks at the instance.</param>
    public static IEnumerable<string> Inside(TenantPlace place, string tenant, string reader)
    {
        var (owner, login) = Names(place);
        var database = Quoted(place.Database);
        var label = Literal($"sevensa.tenant={tenant}");
        var schema = Quoted(place.Schema ?? "public");
        if (place.Schema is null)
        {
            yield return $"revoke all on database {database} from public";
            yield return $"grant connect on database {database} to {login}, {Quoted(reader)}";
            yield return Text(
                $"alter database {database} connection limit {place.Connections + OwnersConnections + 5}"
            );
            yield return $"comment on database {database} is {label}";
            yield return $"grant create, usage on schema public to {owner}";
            yield return "revoke all on schema public from public";
        }
        else
        {
            yield return $"create schema {schema} authorization {owner}";
            yield return $"comment on schema {schema} is {label}";
            yield return $"revoke all on schema {schema} from public";
            yield return $"grant connect on database {database} to {owner}, {login}";
            yield return $"alter role {owner} set search_path = {schema}";
            yield return $"alter role {login} set search_path = {schema}";
        }
        yield return $"grant usage on schema {schema} to {login}";
        yield return $"alter default privileges for role {owner} in schema {schema} grant select, insert, update, delete on tables to {login}";
        yield return $"alter default privileges for role {owner} in schema {schema} grant usage, select on sequences to {login}";
        yield return $"alter default privileges for role {owner} in schema {schema} grant execute on functions to {login}";
        yield return $"alter default privileges for role {owner} in schema {schema} grant usage on types to {login}";
        // What everybody has from the beginning can be taken back for all schemas only.
        yield return $"alter default privileges for role {owner} revoke execute on functions from public";
        yield return $"alter default privileges for role {owner} revoke usage on types from public";
        yield return Text($"alter role {login} set statement_timeout = '{place.StatementSeconds}s'");
        yield return $"alter role {login} set idle_in_transaction_session_timeout = '60s'";
    }

    /// <summary>Lets the two roles sign in, and says that the place is whole.</summary>
    /// <param name="ownerVerifier">What the server keeps of the password.</param>
    public static IEnumerable<string> Ready(
        TenantPlace place,
        string tenant,
        string proposal,
        string ownerVerifier,
        string loginVerifier
    )
    {
        var (owner, login) = Names(place);
        yield return $"alter role {owner} login password {Literal(ownerVerifier)}";
        yield return $"alter role {login} login password {Literal(loginVerifier)}";
        yield return $"comment on role {owner} is {Literal($"sevensa.tenant={tenant} {MarkOf(proposal)}")}";
        yield return $"comment on role {login} is {Literal($"sevensa.tenant={tenant} {MadePlaces.LoginLabel} {MarkOf(proposal)}")}";
        yield return $"revoke {owner} from current_user";
    }

    /// <summary>Takes the schema away, if nothing is in it, and the roles.</summary>
    public static IEnumerable<string> DropSchema(TenantPlace place)
    {
        var (owner, login) = Names(place);
        yield return $"grant {owner}, {login} to current_user";
        yield return $"drop schema if exists {Quoted(place.Schema!)} restrict";
        // Rights and default rights; the executor has looked that nothing else is theirs.
        yield return $"drop owned by {owner}, {login} restrict";
        yield return $"drop role {login}, {owner}";
    }

    public static string DropDatabase(TenantPlace place) => $"drop database if exists {Quoted(place.Database)}";

    public static IEnumerable<string> DropRoles(TenantPlace place)
    {
        var (owner, login) = Names(place);
        yield return $"drop role if exists {login}";
        yield return $"drop role if exists {owner}";
    }

    private static (string Owner, string Login) Names(TenantPlace place) => (Quoted(place.Owner), Quoted(place.Login));

    private static string Quoted(string name) => PostgresNames.Quoted(name);

    private static string Literal(string text) => PostgresNames.Literal(text);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
