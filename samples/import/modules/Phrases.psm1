function Get-Phrase { 'as long as that' }
