# What stands around the script of a `powershell` node. wflow starts it, without a profile and without standard input, as
#
#     pwsh -NoLogo -NoProfile -NonInteractive -File powershell.ps1 FOLDER
#
# FOLDER is the attempt's own ($WFLOW_WORK). `job.json` in it holds the script, its values and its modules; what the script
# hands back goes, a JSON object a line, into the files that $WFLOW_OUTPUT, $WFLOW_VARIABLES and $WFLOW_PROGRESS name, at once,
# so that `exit` loses nothing; an error that nothing caught goes into `error.json`, and the exit code is then 1.
# Every value comes and goes as JSON in a file: no text of a workflow is ever part of a command line or of this file.
[CmdletBinding()]
param([Parameter(Mandatory, Position = 0)][string] $WflowFolder)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
# Bars that cmdlets draw by themselves belong on a screen; what a script reports goes through Write-Progress below.
$ProgressPreference = 'SilentlyContinue'

$WflowNode = @{
    Error     = [System.IO.Path]::Combine($WflowFolder, 'error.json')
    Output    = $env:WFLOW_OUTPUT
    Variables = $env:WFLOW_VARIABLES
    Progress  = $env:WFLOW_PROGRESS
    # Put before the script's first statement, on its line: PowerShell itself sets $Input whenever a script begins.
    First     = '$Input = Get-Input; '
}

function ConvertTo-WflowJson {
    param([Parameter(Mandatory)][object] $Entry)
    # Deeper than 100 it would be cut off with a warning, and a value that was cut off is another value.
    ConvertTo-Json -InputObject $Entry -Depth 100 -Compress -EnumsAsStrings -WarningAction Stop
}

function Add-WflowLine {
    param([Parameter(Mandatory)][string] $Path, [Parameter(Mandatory)][object] $Entry)
    [System.IO.File]::AppendAllText($Path, (ConvertTo-WflowJson $Entry) + "`n")
}

# ConvertFrom-Json makes a date of each text that looks like one, which another text would come back from. wflow puts a
# mark before those.
function Restore-WflowText {
    param([AllowNull()][object] $Value)
    $mark = 'wflow-text:'
    if ($Value -is [string]) {
        if ($Value.StartsWith($mark, [System.StringComparison]::Ordinal)) { return $Value.Substring($mark.Length) }
        return $Value
    }
    if ($Value -is [System.Collections.IDictionary]) {
        foreach ($key in @($Value.Keys)) { $Value[$key] = Restore-WflowText ($Value[$key]) }
        return $Value
    }
    if ($Value -is [System.Collections.IList]) {
        for ($at = 0; $at -lt $Value.Count; $at++) { $Value[$at] = Restore-WflowText ($Value[$at]) }
        return , $Value
    }
    return $Value
}

function Assert-WflowName {
    param([Parameter(Mandatory)][string] $Table, [Parameter(Mandatory)][string] $Name, [Parameter(Mandatory)][string] $What)
    if (-not $script:WflowNode[$Table].ContainsKey($Name)) {
        throw [System.Collections.Generic.KeyNotFoundException]::new("the workflow declares no $What ``$Name``")
    }
}

# What a script calls. Like any command these give the elements of a list one by one; -NoEnumerate gives it whole.

function Get-Input {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)][Alias('Key')][string] $Name,
        [string] $From,
        [AllowNull()][object] $Default,
        [switch] $NoEnumerate
    )
    $table = $script:WflowNode.Input
    if ($PSBoundParameters.ContainsKey('From')) {
        if (-not $script:WflowNode.Inputs.ContainsKey($From)) {
            throw [System.Collections.Generic.KeyNotFoundException]::new("nothing came from a node ``$From``")
        }
        $table = $script:WflowNode.Inputs[$From]
    }
    if (-not $PSBoundParameters.ContainsKey('Name')) { return $table }
    $value = $Default
    if ($table.ContainsKey($Name)) { $value = $table[$Name] }
    Write-Output -InputObject $value -NoEnumerate:$NoEnumerate
}

function Set-Output {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)][Alias('Key')][string] $Name,
        [Parameter(Mandatory, Position = 1)][AllowNull()][AllowEmptyString()][AllowEmptyCollection()][object] $Value
    )
    Add-WflowLine $script:WflowNode.Output @{ $Name = $Value }
}

function Get-Global {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)][Alias('Key')][string] $Name, [switch] $NoEnumerate)
    Assert-WflowName Globals $Name variable
    Write-Output -InputObject ($script:WflowNode.Globals[$Name]) -NoEnumerate:$NoEnumerate
}

function Set-Global {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)][Alias('Key')][string] $Name,
        [Parameter(Mandatory, Position = 1)][AllowNull()][AllowEmptyString()][AllowEmptyCollection()][object] $Value
    )
    Assert-WflowName Globals $Name variable
    Add-WflowLine $script:WflowNode.Variables @{ set = @{ $Name = $Value } }
    $script:WflowNode.Globals[$Name] = $Value
}

function Add-Global {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)][Alias('Key')][string] $Name, [Parameter(Position = 1)][object] $Amount = 1)
    Assert-WflowName Globals $Name variable
    Add-WflowLine $script:WflowNode.Variables @{ add = @{ $Name = $Amount } }
    $before = $script:WflowNode.Globals[$Name]
    if ($null -eq $before) { $before = 0 }
    $script:WflowNode.Globals[$Name] = $before + $Amount
}

function Get-Param {
    [CmdletBinding()]
    param([Parameter(Mandatory, Position = 0)][Alias('Key')][string] $Name, [switch] $NoEnumerate)
    Assert-WflowName Params $Name parameter
    Write-Output -InputObject ($script:WflowNode.Params[$Name]) -NoEnumerate:$NoEnumerate
}

function Set-NodeProgress {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory, Position = 0)][double] $Percent,
        [Parameter(Position = 1)][AllowEmptyString()][string] $Message = ''
    )
    $number = $Percent.ToString('0.###', [System.Globalization.CultureInfo]::InvariantCulture)
    $text = $Message -replace '\s+', ' '
    [System.IO.File]::AppendAllText($script:WflowNode.Progress, "$number $text`n")
}

# In the place of the cmdlet of this name: the outermost bar is the node's progress.
function Write-Progress {
    [CmdletBinding()]
    param(
        [Parameter(Position = 0)][string] $Activity = '',
        [Parameter(Position = 1)][string] $Status = '',
        [Parameter(Position = 2)][int] $Id = 0,
        [int] $PercentComplete = -1,
        [int] $SecondsRemaining = -1,
        [string] $CurrentOperation = '',
        [int] $ParentId = -1,
        [switch] $Completed,
        [int] $SourceId = 0
    )
    if ($Completed -or $PercentComplete -lt 0 -or $ParentId -ge 0) { return }
    $message = $Activity
    if ($Status) { $message = $Status }
    Set-NodeProgress $PercentComplete $message
}

function Write-WflowError {
    param([Parameter(Mandatory)][System.Management.Automation.ErrorRecord] $Record)
    $exception = $Record.Exception
    # What a method of .NET threw says more than that calling it failed.
    while ($exception -is [System.Management.Automation.MethodInvocationException] -and $null -ne $exception.InnerException) {
        $exception = $exception.InnerException
    }
    $told = @{ type = $exception.GetType().Name; message = $exception.Message; stack = $Record.ScriptStackTrace }
    $at = $Record.InvocationInfo
    if ($null -ne $at) {
        $told.file = $at.ScriptName
        $told.line = $at.ScriptLineNumber
        $told.text = ([string] $at.Line).Replace($script:WflowNode.First, '').Trim()
    }
    [System.IO.File]::WriteAllText($script:WflowNode.Error, (ConvertTo-WflowJson $told))
}

# The script as a block that knows its file, so that errors name its lines and $PSScriptRoot its folder.
function Get-WflowScript {
    param([Parameter(Mandatory)][string] $Path)
    $text = [System.IO.File]::ReadAllText($Path)
    $tokens = $null
    $wrong = $null
    $tree = [System.Management.Automation.Language.Parser]::ParseInput($text, $Path, [ref] $tokens, [ref] $wrong)
    if ($wrong.Count -gt 0) {
        $first = $wrong[0]
        $told = @{
            type    = 'ParseException'
            message = $first.Message
            stack   = ''
            file    = $Path
            line    = $first.Extent.StartLineNumber
            text    = $first.Extent.StartScriptPosition.Line.Trim()
        }
        [System.IO.File]::WriteAllText($script:WflowNode.Error, (ConvertTo-WflowJson $told))
        exit 1
    }
    # After `using` and `param`, which must come first. A script of begin, process and end blocks goes without $Input.
    $body = $tree.EndBlock
    if ($null -ne $body -and $body.Unnamed -and $body.Statements.Count -gt 0) {
        $text = $text.Insert($body.Statements[0].Extent.StartOffset, $script:WflowNode.First)
        $tree = [System.Management.Automation.Language.Parser]::ParseInput($text, $Path, [ref] $tokens, [ref] $wrong)
    }
    $tree.GetScriptBlock()
}

try {
    if ($PSVersionTable.PSVersion -lt [version] '7.2') {
        throw "powershell nodes need PowerShell 7.2 or newer, and this is $($PSVersionTable.PSVersion)"
    }
    $WflowJob = [System.IO.File]::ReadAllText([System.IO.Path]::Combine($WflowFolder, 'job.json'))
    $WflowJob = ConvertFrom-Json -InputObject $WflowJob -AsHashtable -Depth 1024
    if ($WflowJob.marked) { $WflowJob = Restore-WflowText $WflowJob }
    $WflowNode.Input = $WflowJob.input
    $WflowNode.Inputs = $WflowJob.inputs
    $WflowNode.Globals = $WflowJob.variables
    $WflowNode.Params = $WflowJob.params
    $Local = @{}
    $Output = @{}
    $RunId = $WflowJob.run_id
    if ($WflowJob.module_paths.Count -gt 0) {
        $env:PSModulePath = (@($WflowJob.module_paths) + $env:PSModulePath) -join [System.IO.Path]::PathSeparator
    }
    foreach ($WflowModule in $WflowJob.modules) { Import-Module -Name $WflowModule }
    $WflowScript = Get-WflowScript $WflowJob.script
    # A mapping that the script returns, or leaves in its pipeline, is output of the node; anything else is printed.
    try {
        & $WflowScript | ForEach-Object {
            if ($_ -is [System.Collections.IDictionary]) { Add-WflowLine $script:WflowNode.Output $_ } else { $_ }
        }
    }
    finally {
        # What it put into $Output counts also where it says `exit 0`.
        if ($Output.Count -gt 0) { Add-WflowLine $script:WflowNode.Output $Output }
    }
}
catch {
    Write-WflowError $_
    exit 1
}
exit 0
